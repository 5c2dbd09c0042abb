// Lets an operator in: with a key that is typed in, or that this tab knows still.

import { Api } from './api.js';
import { Room } from './room.js';
import { byId, tell } from './view.js';
import { Watch } from './watch.js';

// What a tab stores belongs to all that its origin serves: another folder may be another server's.
const STORED_KEY = `onceonly.api-key of ${new URL('.', document.baseURI).pathname}`;
const STORED_SAYING = 'onceonly.said';
const USABLE = /^[\x21-\x7e]{1,512}$/;

let trying = null;

byId('sign-in').addEventListener('submit', (event) => {
  event.preventDefault();
  const key = byId('api-key').value.trim();
  if (USABLE.test(key)) {
    signIn(key);
  } else {
    refuse('This is no API key: those are of visible ASCII characters, 512 at most.');
  }
});
byId('sign-out').addEventListener('click', () => leave(''));

tell(byId('door-error'), sessionStorage.getItem(STORED_SAYING));
sessionStorage.removeItem(STORED_SAYING);
const stored = sessionStorage.getItem(STORED_KEY);
if (stored === null) {
  byId('api-key').focus();
} else {
  signIn(stored);
}

function signIn(key) {
  trying?.end();
  tell(byId('door-error'), '');
  byId('enter').textContent = 'Signing in…';
  const api = new Api(key);
  trying = new Watch(async () => open(key, api, await api.me()), ({ fault, againAt }) => {
    if (!fault) {
      return;
    }
    if (['gone', 'busy', 'store'].includes(fault.kind)) {
      const wait = Math.round((againAt - Date.now()) / 1000);
      tell(byId('door-error'), `${fault.message} Trying again in ${wait} s.`);
    } else {
      refuse(fault.message);
    }
  });
  trying.now();
}

function open(key, api, me) {
  trying.end();
  sessionStorage.setItem(STORED_KEY, key);
  byId('api-key').value = '';
  byId('door').hidden = true;
  byId('room').hidden = false;
  byId('sign-out').hidden = false;
  byId('room').focus({ preventScroll: true });
  new Room(api, me, leave).enter();
}

function refuse(message) {
  trying?.end();
  sessionStorage.removeItem(STORED_KEY);
  tell(byId('door-error'), message);
  byId('enter').textContent = 'Sign in';
  byId('api-key').select();
}

/** Forgets the key, and with a new page all that it has shown. */
function leave(message) {
  sessionStorage.removeItem(STORED_KEY);
  if (message) {
    sessionStorage.setItem(STORED_SAYING, message);
  }
  location.reload();
}
