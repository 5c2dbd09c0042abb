// Asks the server, with the API key in a header and nowhere else.

const TIMEOUT_MILLIS = 15_000;

// A list of what is being worked on is searched for among all keys.
const SEARCH_TIMEOUT_MILLIS = 180_000;

/** What went wrong, as a person may be told it. */
export class Fault extends Error {
  /** @param kind gone | busy | store | key | role | input | other */
  constructor(kind, message, waitSeconds = 0) {
    super(message);
    this.kind = kind;
    this.waitSeconds = waitSeconds;
  }
}

export class Api {
  #key;
  #ended = new AbortController();

  constructor(key) {
    this.#key = key;
  }

  /** Breaks off what is under way; whoever waits for it waits for ever, and is collected. */
  end() {
    this.#ended.abort();
    this.#ended = new AbortController();
  }

  /** Whose key it is; a fault where it may not see keys. */
  async me() {
    const { answer, body } = await this.#ask('GET', 'v1/me');
    if (!answer.headers.has('x-onceonly-keys')) {
      throw new Fault('role', roleNeeded());
    }
    return body;
  }

  async stats() {
    return (await this.#ask('GET', 'v1/stats')).body;
  }

  async events(limit) {
    return (await this.#ask('GET', `v1/events?limit=${limit}`)).body.events;
  }

  async inspect(key) {
    return (await this.#ask('GET', inPath(key))).body;
  }

  async release(key) {
    return (await this.#ask('DELETE', inPath(key))).body;
  }

  /** A page of keys; of those alone that are being worked on, where `inProgress`. */
  async list(prefix, limit, cursor, inProgress = false) {
    const query = new URLSearchParams({ prefix, limit });
    if (inProgress) {
      query.set('lease', 'in_progress');
    }
    if (cursor !== null) {
      query.set('cursor', cursor);
    }
    return (await this.#ask('GET', `v1/keys?${query}`, SEARCH_TIMEOUT_MILLIS)).body;
  }

  async #ask(method, path, timeoutMillis = TIMEOUT_MILLIS) {
    const ended = this.#ended.signal;
    try {
      const answer = await fetch(new URL(path, document.baseURI), {
        method,
        headers: { Authorization: `Bearer ${this.#key}` },
        signal: AbortSignal.any([ended, AbortSignal.timeout(timeoutMillis)]),
        cache: 'no-store',
        credentials: 'omit',
        redirect: 'error',
        referrerPolicy: 'no-referrer',
      });
      const body = await answer.json().catch(() => null);
      if (answer.ok && body !== null) {
        return { answer, body };
      }
      throw faultOf(answer, body);
    } catch (fault) {
      if (ended.aborted) {
        return new Promise(() => {});
      }
      throw fault instanceof Fault ? fault : new Fault('gone', 'The server does not answer.');
    }
  }
}

function inPath(key) {
  if (key === '.' || key === '..') {
    throw new Fault('input', 'A browser takes this key for a way through folders: ask for it by curl --path-as-is.');
  }
  return `v1/keys/${encodeURIComponent(key)}`;
}

function faultOf(answer, body) {
  const told = body?.detail;
  const error = told?.error;
  switch (answer.status) {
    case 401:
      return new Fault('key', 'The server asks for an API key, and took this for none (401).');
    case 403:
      return error === 'admin_required'
        ? new Fault('role', roleNeeded())
        : new Fault('key', 'The server does not know this API key (403).');
    case 422:
      return new Fault('input', `The server does not take this: ${told?.[0]?.msg ?? 'no reason given'}.`);
    case 429: {
      const wait = Number(answer.headers.get('retry-after')) || 1;
      return new Fault('busy', 'This tenant asks more often than it may (429).', wait);
    }
    case 503:
      return new Fault('store', `The server is there, and its store is not: ${told?.message ?? 'no reason given'}`);
    case 404:
      return new Fault('other', 'This server does not show its keys, or something before it does not let this call through (404).');
    default:
      return new Fault('other', `The server answers ${answer.status}, which this page did not expect.`);
  }
}

function roleNeeded() {
  return 'This API key may claim, but not see keys. Use one of the admin role: start the server with --admin-key, '
    + 'or give the key "role": "admin" in the tenants file.';
}
