/**
 * Elements by what `keyOf` says of them, in the order in which each key came first. `Map.groupBy` without the need for
 * Node 21: the command line runs on the Node of whoever proves a bundle.
 */
export function groupBy<T, K>(elements: readonly T[], keyOf: (element: T) => K): Map<K, T[]> {
  const groups = new Map<K, T[]>();
  for (const element of elements) {
    const key = keyOf(element);
    const group = groups.get(key);
    if (group === undefined) groups.set(key, [element]);
    else group.push(element);
  }
  return groups;
}
