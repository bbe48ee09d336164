/** Directories of the system and of its tools. Those of the first line Codex opens by itself as `:minimal`. */
export const SYSTEM_DIRECTORIES = [
  ...["/bin", "/sbin", "/usr", "/etc", "/lib", "/lib64", "/nix/store", "/run/current-system/sw"],
  ...["/lib32", "/libx32", "/gnu/store", "/snap", "/home/linuxbrew/.linuxbrew", "/var/lib/gems"],
  ...["/opt/hostedtoolcache", "/opt/pipx", "/opt/pipx_bin", "/opt/az", "/opt/google", "/opt/microsoft"],
];

/** What is open in /etc: names that programs look up on every system, and no place where a key or a token is kept. */
export const OPEN_IN_ETC = [
  ...["ld.so.cache", "ld.so.conf", "ld.so.conf.d", "ld.so.preload", "ld-musl-x86_64.path", "ld-musl-aarch64.path"],
  ...["nsswitch.conf", "passwd", "group", "login.defs", "shells", "subuid", "subgid"],
  ...["hosts", "host.conf", "hostname", "gai.conf", "resolv.conf", "protocols", "services", "networks", "rpc"],
  ...["machine-id", "localtime", "timezone", "locale.conf", "locale.alias", "locale.gen", "default/locale"],
  ...["os-release", "debian_version", "lsb-release", "alpine-release", "redhat-release", "system-release"],
  ...["fedora-release", "centos-release", "rocky-release", "almalinux-release", "issue"],
  ...["profile", "bash.bashrc", "bashrc", "inputrc", "zsh/zshenv", "zshenv", "terminfo"],
  ...["ssl/certs", "ssl/cert.pem", "ssl/openssl.cnf", "ca-certificates", "ca-certificates.conf", "crypto-policies"],
  ...["pki/tls/certs", "pki/tls/cert.pem", "pki/tls/openssl.cnf", "pki/ca-trust", "pki/java"],
  ...["alternatives", "java", "java-8-openjdk", "java-11-openjdk", "java-17-openjdk", "java-21-openjdk"],
  ...["java-25-openjdk", "dotnet", "ghc", "mono", "perl", "php", "python", "python3", "R", "texmf"],
  ...["postgresql-common", "fonts", "glvnd", "OpenCL", "vulkan", "ImageMagick-6", "ImageMagick-7"],
  ...["magic", "magic.mime", "mime.types", "papersize", "sgml", "xml", "gdb", "debuginfod"],
].map((name) => `/etc/${name}`);

interface Toolchain {
  /** Below a home. A directory of PATH that lies in it opens the toolchain. */
  readonly at: string;
  /** What the tools read, below the home. Credentials, caches and sources beside it stay closed. */
  readonly opens: readonly string[];
}

const versions = (at: string): Toolchain => ({
  at,
  opens: [
    ...["bin", "libexec", "shims", "versions", "plugins", "completions", "version", "alias"],
    ...["candidates", "installs", "lib", "tools", `${at.slice(1)}.d`],
  ].map((name) => `${at}/${name}`),
});

const only = (...opens: readonly [string, ...string[]]): Toolchain => ({ at: opens[0], opens });

/** Toolchains that are installed below a home. */
export const TOOLCHAINS: readonly Toolchain[] = [
  only(".cargo/bin", ".rustup/toolchains", ".rustup/settings.toml", ".rustup/update-hashes"),
  ...[".pyenv", ".rbenv", ".nodenv", ".goenv", ".jenv", ".phpenv", ".nvm", ".asdf", ".sdkman", ".volta"].map(versions),
  ...[".local/share/mise", ".local/share/fnm"].map(versions),
  only(".local/bin", ".local/lib", ".local/pipx/venvs", ".local/share/pipx/venvs"),
  { at: ".dotnet", opens: ["dotnet", "host", "packs", "sdk", "shared", "tools"].map((name) => `.dotnet/${name}`) },
  { at: ".ghcup", opens: [".ghcup/bin", ".ghcup/ghc", ".ghcup/cabal"] },
  ...["bin", "go/bin", ".bun/bin", ".deno/bin", ".yarn/bin", ".local/share/pnpm", "setup-pnpm"].map((at) => only(at)),
  ...["miniconda3", "miniforge3", "anaconda3", ".composer/vendor", ".config/composer/vendor"].map((at) => only(at)),
];
