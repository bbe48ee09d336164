/**
 * Whose turn it is: after the last of the rotation that is assigned now; without one, by `seed`, so that pull requests
 * begin with different people. Undefined when the rotation is empty.
 */
export function nextInTurn(rotation: readonly string[], assigned: readonly string[], seed: number): string | undefined {
  // Logins are the same whatever their case.
  const now = new Set(assigned.map((login) => login.toLowerCase()));
  const last = rotation.findLastIndex((login) => now.has(login.toLowerCase()));
  return rotation[(last < 0 ? seed : last + 1) % rotation.length];
}
