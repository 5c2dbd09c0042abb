// Looks keys up, lists them and releases them.

import { badge, byId, count, el, keyButton, moment, rows, shown, span, tell } from './view.js';

const PAGE = 50;

export class Keys {
  #api;
  #now;
  #onReleased;
  #found = byId('found');
  #listed = null;

  /**
   * @param now the server's time in milliseconds
   * @param onReleased is called when a key has been freed
   */
  constructor(api, now, onReleased) {
    this.#api = api;
    this.#now = now;
    this.#onReleased = onReleased;
    byId('find').addEventListener('submit', (event) => {
      event.preventDefault();
      this.lookUp(byId('key').value);
    });
    byId('list').addEventListener('click', () => this.#list(byId('key').value, [null]));
    byId('keep').addEventListener('click', () => byId('release').close());
  }

  /** Shows what holds the key. */
  async lookUp(key, said = '') {
    byId('key').value = key;
    await this.#doing(async () => {
      if (key === '') {
        tell(byId('keys-error'), 'Type a key first. To see all of them, list what begins with nothing.');
        byId('key').focus();
        return;
      }
      const view = await this.#api.inspect(key);
      tell(byId('keys-said'), said);
      this.#show(this.#described(view));
      this.#found.closest('section').scrollIntoView({ block: 'nearest' });
    });
  }

  /** @param cursors those of the pages up to this one */
  async #list(prefix, cursors) {
    await this.#doing(async () => {
      const page = await this.#api.list(prefix, PAGE, cursors.at(-1));
      this.#listed = { prefix, cursors };
      this.#show(...this.#pageOf(page, prefix, cursors));
    });
  }

  #show(...parts) {
    const had = this.#found.contains(document.activeElement);
    this.#found.replaceChildren(...parts);
    if (had) {
      // What was pressed has gone: whoever goes on by keyboard goes on from here.
      this.#found.focus({ preventScroll: true });
    }
  }

  async #doing(work) {
    tell(byId('keys-error'), '');
    tell(byId('keys-said'), '');
    this.#found.setAttribute('aria-busy', 'true');
    try {
      await work();
    } catch (fault) {
      tell(byId('keys-error'), fault.message);
    } finally {
      this.#found.removeAttribute('aria-busy');
    }
  }

  #pageOf(page, prefix, cursors) {
    const begins = prefix === '' ? 'Held keys' : `Held keys that begin with “${shown(prefix)}”`;
    const heading = el('h3', {}, begins);
    if (page.keys.length === 0) {
      return [heading, el('p', { class: 'empty' }, cursors.length > 1 ? 'No more of them.' : 'There are none.')];
    }
    const body = el('tbody');
    rows(body, page.keys, (view) => view.key, (view) => el('tr', {},
      el('td', {}, keyButton(view.key, (key) => this.lookUp(key))),
      el('td', {}, ...holders(view)),
      el('td', { class: 'number' }, endsIn(view))));
    const table = el('table', { 'aria-label': begins },
      el('thead', {}, el('tr', {}, el('th', { scope: 'col' }, 'Key'), el('th', { scope: 'col' }, 'Held by'),
        el('th', { scope: 'col', class: 'number' }, 'Ends in'))),
      body);
    const pages = el('div', { class: 'row' },
      this.#pager('Previous page', cursors.length > 1, () => this.#list(prefix, cursors.slice(0, -1))),
      this.#pager('Next page', page.cursor !== null, () => this.#list(prefix, [...cursors, page.cursor])),
      el('p', { class: 'hint' }, `Page ${cursors.length}, ${count(page.keys.length)} keys`));
    return [heading, el('div', { class: 'scroll', role: 'region', 'aria-label': begins, tabindex: '0' }, table), pages];
  }

  #pager(label, isThere, onPress) {
    const button = el('button', { type: 'button', class: 'quiet' }, label);
    button.disabled = !isThere;
    button.addEventListener('click', onPress);
    return button;
  }

  #described(view) {
    const parts = [el('h3', { class: 'key' }, shown(view.key)), el('p', {}, ...holders(view))];
    if (view.check_lock) {
      parts.push(el('h4', {}, 'Check-lock claim'), this.#facts(view.check_lock, []));
    }
    if (view.lease) {
      parts.push(el('h4', {}, 'Lease'), this.#facts(view.lease, leaseFacts(view.lease)));
    }
    const buttons = el('div', { class: 'row' });
    if (view.held) {
      const release = el('button', { type: 'button', class: 'danger' }, 'Release…');
      release.addEventListener('click', () => this.#ask(view));
      buttons.append(release);
    } else {
      parts.push(el('p', { class: 'empty' }, 'Nothing holds this key: the next message with it runs.'));
    }
    if (this.#listed) {
      const { prefix, cursors } = this.#listed;
      buttons.append(this.#pager('Back to the list', true, () => this.#list(prefix, cursors)));
    }
    parts.push(buttons);
    return el('article', {}, ...parts);
  }

  #facts(held, more) {
    const since = Date.parse(held.first_seen_at);
    const facts = [['First seen', `${moment(since)}, ${span((this.#now() - since) / 1000)} ago`], ...more];
    if (held.ttl_left > 0) {
      facts.push(['Free again in', `${span(held.ttl_left)}, of ${span(held.ttl)}`]);
    }
    return el('dl', {}, ...facts.flatMap(([name, value]) => [el('dt', {}, name), el('dd', {}, value)]));
  }

  /** Asks before it releases, and says what that means. */
  #ask(view) {
    const dialog = byId('release');
    byId('release-key').textContent = shown(view.key);
    byId('release-at-work').hidden = view.lease?.status !== 'in_progress';
    tell(byId('release-error'), '');
    byId('free').disabled = false;
    byId('free').onclick = () => this.#release(view.key);
    dialog.showModal();
    byId('keep').focus();
  }

  async #release(key) {
    byId('free').disabled = true;
    try {
      const freed = await this.#api.release(key);
      byId('release').close();
      this.#onReleased();
      await this.lookUp(key, freed.held
        ? 'Released: the next message with this key runs.' : 'Nothing held it any more: the next message with this key runs.');
      this.#found.focus();
    } catch (fault) {
      tell(byId('release-error'), `${fault.message} Whether the key has been released is not known: look it up again.`);
      byId('free').disabled = false;
    }
  }
}

function leaseFacts(lease) {
  const facts = [['Attempt', count(lease.version)]];
  if (lease.status === 'in_progress') {
    facts.push(['Last heard from', `${span(lease.ttl - lease.ttl_left)} ago`]);
  }
  if (lease.done_at !== null) {
    facts.push(['Ended', moment(lease.done_at)]);
    facts.push(['Result', lease.result_stored ? 'stored' : 'none stored']);
  }
  if (lease.error_code !== null) {
    facts.push(['Error code', shown(lease.error_code)]);
  }
  return facts;
}

function holders(view) {
  const held = [];
  if (view.check_lock) {
    held.push(badge('locked'));
  }
  if (view.lease) {
    held.push(view.lease.status === 'in_progress'
      ? el('span', { class: 'badge', 'data-outcome': 'in_progress' }, 'in progress') : badge(view.lease.status));
  }
  return held.length > 0 ? held : [el('span', { class: 'badge', 'data-outcome': 'other' }, 'free')];
}

/** What has an end that the server tells; when it forgets a finished lease it does not. */
function endsIn(view) {
  const left = Math.max(view.check_lock?.ttl_left ?? 0, view.lease?.ttl_left ?? 0);
  return left > 0 ? span(left) : '–';
}
