import { existsSync, lstatSync, readdirSync, realpathSync } from "node:fs";
import { join, sep } from "node:path";

/** What Codex's commands can read besides their own run. Absolute paths; what is not there is left out. */
export interface ReadablePlaces {
  readonly opened: readonly string[];
  /** Closed again within what is open, but for what is opened in there. */
  readonly closed: readonly string[];
  /** Variables that tools need to find what is open. */
  readonly variables?: Readonly<Record<string, string>>;
}

export type Access = "read" | "write" | "deny";

/** Paths with their access, as a permission profile has them. Nothing that is not named can be read. */
export type Permissions = ReadonlyMap<string, Access>;

/** Codex's name for the system's directories, the few devices that every program needs, and a /proc of its own. */
const MINIMAL = ":minimal";

/** Opens with MINIMAL. */
const MINIMAL_DIRECTORIES = ["/bin", "/sbin", "/usr", "/etc", "/lib", "/lib64", "/nix/store", "/run/current-system/sw"];

const isWithin = (path: string, place: string): boolean => path === place || path.startsWith(place + sep);

/**
 * The closed places that lie in an open one, by every name under which they can be reached there. Codex opens nothing
 * within a directory that it closes: where something in there is to stay open, its neighbours are closed one by one.
 */
function closedWithin({ opened, closed }: ReadablePlaces): readonly string[] {
  const roots = opened.map((path) => ({ path, real: realpathSync(path) }));
  const kept = [...new Set(roots.flatMap(({ path, real }) => [path, real]))];
  return closed.flatMap((place) => {
    const real = realpathSync(place);
    if (!roots.some((root) => isWithin(real, root.real))) return [];
    const around = closeAround(real, kept);
    const aliases = roots
      .filter((root) => root.path !== root.real)
      .flatMap((root) =>
        around.filter((path) => isWithin(path, root.real)).map((path) => root.path + path.slice(root.real.length)),
      );
    return [...around, ...aliases].filter((path) =>
      roots.some((root) => path !== root.path && isWithin(path, root.path)),
    );
  });
}

function closeAround(path: string, kept: readonly string[]): readonly string[] {
  const names = kept.some((each) => isWithin(each, path)) ? namesIn(path) : undefined;
  if (names === undefined) return [path];
  return names.flatMap((name) => {
    const child = join(path, name);
    // A link opens nothing by itself: what it leads to is open or closed under its own name.
    if (kept.includes(child) || lstatSync(child).isSymbolicLink()) return [];
    return closeAround(child, kept);
  });
}

/** Undefined when it cannot be listed. */
function namesIn(directory: string): readonly string[] | undefined {
  try {
    return readdirSync(directory);
  } catch {
    return undefined;
  }
}

/** The profile of a run: the open places, the run's own ones, and `write` for those that commands may write. */
export function permissionsOf(
  places: ReadablePlaces,
  own: { readonly readable: readonly string[]; readonly writable: readonly string[] },
): Permissions {
  const opened = places.opened.filter((path) => existsSync(path));
  const closed = places.closed.filter((path) => existsSync(path));
  const mine = [...own.readable, ...own.writable];
  const denied = closedWithin({ opened: [...MINIMAL_DIRECTORIES.filter(existsSync), ...opened, ...mine], closed });
  const isCovered = (path: string): boolean => MINIMAL_DIRECTORIES.some((system) => isWithin(path, system));
  return new Map<string, Access>([
    [MINIMAL, "read"],
    ...[...opened.filter((path) => !isCovered(path)), ...own.readable].map((path) => [path, "read"] as const),
    ...own.writable.map((path) => [path, "write"] as const),
    ...denied.map((path) => [path, "deny"] as const),
  ]);
}
