type Environment = Readonly<Record<string, string | undefined>>;

/** How a runner's proxy is told. Each program reads the spelling that it knows. */
const PROXIES = ["HTTPS_PROXY", "https_proxy", "HTTP_PROXY", "http_proxy", "ALL_PROXY", "all_proxy"];
const EXCEPTIONS = ["NO_PROXY", "no_proxy"];

/** Files with certificate authorities, such as that of a proxy which opens TLS. */
const AUTHORITIES = ["CODEX_CA_CERTIFICATE", "SSL_CERT_FILE", "SSL_CERT_DIR"];

/**
 * What Codex's own connection to the model needs on this runner: proxies, exceptions, certificate authorities. Its
 * commands get none of it.
 */
export function proxySettings(env: Environment): Readonly<Record<string, string>> {
  const settings: Record<string, string> = {};
  for (const name of [...PROXIES, ...EXCEPTIONS, ...AUTHORITIES]) {
    const value = env[name];
    if (value) settings[name] = value;
  }
  // Codex does not know Node's variable for the same thing.
  const extra = env.NODE_EXTRA_CA_CERTS;
  if (extra && !settings.CODEX_CA_CERTIFICATE && !settings.SSL_CERT_FILE) settings.CODEX_CA_CERTIFICATE = extra;
  return settings;
}

/** The logins in the URLs of proxies, in every spelling in which they travel. None of them may be shown. */
export function proxySecrets(env: Environment): readonly string[] {
  return [...new Set(PROXIES.flatMap((name) => loginsOf(env[name] ?? "")))];
}

function loginsOf(url: string): readonly string[] {
  const login = /^(?:[a-z][a-z0-9+.-]*:\/\/)?([^/?#]*)@/i.exec(url)?.[1];
  if (login === undefined) return [];
  const [user = "", ...rest] = login.split(":");
  const password = rest.join(":");
  const plain = decoded(password);
  const basic = Buffer.from(`${decoded(user)}:${plain}`).toString("base64");
  // A name alone is no secret, unless it is long enough to be a token; what is short would mask ordinary words.
  return (password === "" ? [login].filter(({ length }) => length >= 16) : [password, plain, login, basic]).filter(
    ({ length }) => length >= 6,
  );
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    // A lone `%` stands for itself.
    return text;
  }
}
