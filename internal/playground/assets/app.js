// The playground's own script: the bar above GraphiQL, and the door to /graphql.
//
// The token lives in this tab only (sessionStorage) and travels only as a
// Bearer header, never as a cookie and never in a URL the server sees. Text that
// comes from the server is written with textContent alone.
'use strict';

(() => {
  const WELCOME = `# Welcome to Fieldwork.
#
# Sign in above, or use a token. Your
# organisation's schema then loads, with
# completion (Ctrl-Space) and the docs
# (the book on the left).
`;

  const FIRST_QUERY = `# Accounts, who answers for them, what
# is due, and what the customer says.
query Accounts {
  customers(first: 5) {
    nodes {
      name
      tier
      owner { name }
      roles {
        nodes {
          responsibility
          level
          member { name }
        }
      }
      tasks(first: 5) {
        nodes {
          title
          status
          dueOn
          progress
          assignee { name }
        }
      }
      feedback(first: 3) {
        nodes { occurredAt channel content rating }
      }
    }
  }
}
`;

  const SIGN_IN = 'mutation SignIn($i: SignInInput!) { signIn(input: $i) { token } }';
  const WHERE_AM_I = 'query WhereAmI { organisation { name } me { title } }';
  const SIGN_OUT = 'mutation SignOut { signOut { done } }';

  const TOKEN_KEY = 'fieldwork:token';
  const UNREACHABLE = 'The server cannot be reached. Check the connection and try again.';
  const EXPIRED = 'This token is not valid, or no longer. Sign in again.';

  const el = (id) => document.getElementById(id);
  const root = ReactDOM.createRoot(el('graphiql'));
  let token = '';
  let session = ''; // the token that signing in here gave, which signing out ends
  let generation = 0; // a new key makes React build GraphiQL anew

  // post sends one operation and returns the answer as GraphQL gives it. It
  // throws an Error in plain words when there is no GraphQL answer to return.
  async function post(body, bearer, extra) {
    const headers = new Headers(extra);
    headers.set('Accept', 'application/graphql-response+json, application/json;q=0.9');
    headers.set('Content-Type', 'application/json');
    if (bearer) headers.set('Authorization', `Bearer ${bearer}`);
    let response;
    try {
      response = await fetch('/graphql', {
        method: 'POST', headers, body: JSON.stringify(body), credentials: 'omit', cache: 'no-store',
      });
    } catch {
      throw new Error(UNREACHABLE);
    }
    try {
      return await response.json();
    } catch {
      throw new Error(`The server answered ${response.status} without a GraphQL answer.`);
    }
  }

  const codes = (answer) => (answer.errors || []).map((e) => e.extensions?.code);
  const refused = (answer) => codes(answer).includes('UNAUTHENTICATED');

  // fetcher is what GraphiQL calls for introspection and for every run.
  async function fetcher(params, options) {
    const sent = token;
    let answer;
    try {
      answer = await post(params, sent, options?.headers);
    } catch (err) {
      notice(err.message, true);
      throw err;
    }
    if (refused(answer)) {
      // An answer to an older token says nothing about the present one.
      if (sent && sent === token) forget(EXPIRED);
      else if (!token) notice('Sign in first, or use a token.', true);
    }
    return answer;
  }

  // use makes bearer the tab's token and opens GraphiQL for its organisation.
  // A token that is refused leaves the tab signed out.
  async function use(bearer) {
    notice('Signing in …');
    let answer;
    try {
      answer = await post({ query: WHERE_AM_I, operationName: 'WhereAmI' }, bearer);
    } catch (err) {
      if (generation === 0) open();
      notice(err.message, true);
      return;
    }
    if (refused(answer)) {
      if (generation === 0) open();
      forget(EXPIRED);
      return;
    }
    if (sessionStorage.getItem(TOKEN_KEY) !== bearer) {
      sessionStorage.clear(); // someone else's tabs and history
      sessionStorage.setItem(TOKEN_KEY, bearer);
    }
    token = bearer;
    open(answer.data?.organisation?.name || 'Signed in');
    const name = answer.data?.me?.title;
    notice(name ? `Signed in as ${name}.` : '');
  }

  // forget drops the token and keeps the editor as it is, so that an expired
  // session does not cost anyone the query they are writing.
  function forget(reason) {
    token = '';
    sessionStorage.removeItem(TOKEN_KEY);
    bar('');
    notice(reason, true);
  }

  // open builds GraphiQL anew. Its tabs and history go to sessionStorage too:
  // queries and variables hold an organisation's data.
  function open(organisation = '') {
    bar(organisation);
    root.render(React.createElement(GraphiQL, {
      key: ++generation,
      fetcher,
      schema: organisation ? undefined : null, // null: no introspection
      defaultQuery: organisation ? FIRST_QUERY : WELCOME,
      storage: sessionStorage,
      schemaDescription: true,
      showPersistHeadersSettings: false,
    }));
  }

  function bar(organisation) {
    el('organisation').textContent = organisation;
    el('organisation').title = organisation;
    el('organisation').hidden = !organisation;
    el('signed-out').hidden = Boolean(organisation);
    el('sign-out').hidden = !organisation;
  }

  function notice(text, bad = false) {
    el('notice').textContent = text;
    el('notice').classList.toggle('bad', bad);
  }

  async function signIn(form) {
    const input = { email: form.email.value.trim(), password: form.password.value };
    const organisation = form.organisation.value.trim();
    if (organisation) input.organisation = organisation;
    const answer = await post({ query: SIGN_IN, operationName: 'SignIn', variables: { i: input } }, '');
    const payload = answer.data?.signIn;
    if (!payload) {
      throw new Error(refused(answer)
        ? 'The e-mail address or the password is not right.'
        : answer.errors?.[0]?.message || 'Signing in did not work.');
    }
    session = payload.token;
    await use(payload.token);
  }

  // onSubmit runs work with the form's button disabled, and empties the form's
  // secret afterwards whatever happened.
  function onSubmit(id, secret, work) {
    const form = el(id);
    form.addEventListener('submit', async (event) => {
      event.preventDefault();
      const button = form.querySelector('button');
      button.disabled = true;
      notice('');
      try {
        await work(form.elements);
      } catch (err) {
        notice(err.message, true);
      } finally {
        form.elements[secret].value = '';
        button.disabled = false;
      }
    });
  }

  onSubmit('sign-in', 'password', signIn);
  onSubmit('use-token', 'token', (form) => use(form.token.value.trim()));
  el('sign-out').addEventListener('click', () => {
    // A token that was pasted belongs to its program and lives on.
    if (session && token === session) post({ query: SIGN_OUT, operationName: 'SignOut' }, session).catch(() => {});
    session = '';
    forget('');
    sessionStorage.clear();
    open();
    notice('Signed out.');
  });

  // tokenFromAddress takes #token=... once and removes it from the address bar,
  // from the history and from what is copied or bookmarked.
  function tokenFromAddress() {
    const given = new URLSearchParams(location.hash.slice(1)).get('token');
    if (given !== null) history.replaceState(null, '', location.pathname + location.search);
    return given;
  }

  const first = tokenFromAddress() || sessionStorage.getItem(TOKEN_KEY);
  if (first) use(first);
  else open();
})();
