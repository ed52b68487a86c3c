/** The page of GraphiQL: every file of it comes from this service, so it works without a network. */
export const graphiqlPage = `<!doctype html>
<html lang="zh-CN">
<head>
<meta charset="utf-8">
<link rel="icon" href="data:,">
<title>认证联盟登记系统 · GraphiQL / Alliance Registry</title>
<link rel="stylesheet" href="/graphiql/graphiql.min.css">
<link rel="stylesheet" href="/graphiql/page.css">
</head>
<body>
<form id="sign-in">
  <h1>认证联盟登记系统 · GraphiQL</h1>
  <p>请先登录 / Sign in</p>
  <label>登录名 / Login <input name="login" autocomplete="username" required></label>
  <label>口令 / Password <input name="password" type="password" autocomplete="current-password" required></label>
  <button>登录 / Sign in</button>
  <p id="problem" role="alert"></p>
</form>
<div id="graphiql" hidden></div>
<script src="/graphiql/react.production.min.js"></script>
<script src="/graphiql/react-dom.production.min.js"></script>
<script src="/graphiql/graphiql.min.js"></script>
<script src="/graphiql/page.js"></script>
</body>
</html>
`

export const graphiqlStyle = `html, body { height: 100%; margin: 0; }
body { font-family: system-ui, sans-serif; }
#graphiql { height: 100vh; }
[hidden] { display: none !important; }
#sign-in { max-width: 22rem; margin: auto; padding-top: 12vh; display: grid; gap: 0.8rem; }
#sign-in h1 { font-size: 1.2rem; margin: 0; }
#sign-in p { margin: 0; }
#sign-in label { display: grid; gap: 0.2rem; }
#sign-in input, #sign-in button { font: inherit; padding: 0.5rem; }
#problem { color: #b00020; min-height: 1.4em; }
`

/** The token stays in the page's memory: it is gone when the page is. */
export const graphiqlScript = `'use strict'
const form = document.getElementById('sign-in')
const problem = document.getElementById('problem')
const place = document.getElementById('graphiql')
const json = { 'content-type': 'application/json' }
const defaultQuery = \`# 每个文档一个操作 / one operation to a document
query Today {
  viewer { name role }
  workQueue { kind count { value } }
  members(first: 10) {
    nodes { name standing figures { liveCertificates { value } overdue { value } onTimeToCnca { value numerator denominator } } }
  }
}
\`
let token = ''

async function fetcher({ query, variables, operationName }) {
  const body = JSON.stringify({ query, variables, operationName })
  const headers = { ...json, accept: 'application/graphql-response+json', authorization: 'Bearer ' + token }
  const answer = await fetch('/graphql', { method: 'POST', headers, body })
  if (answer.status === 401) showForm('登录已过期，请重新登录 / The sign-in is over; sign in again')
  return answer.json()
}

function showForm(why) {
  problem.textContent = why
  form.hidden = false
  place.hidden = true
}

let root
function showEditor() {
  problem.textContent = ''
  form.hidden = true
  place.hidden = false
  root ??= ReactDOM.createRoot(place)
  root.render(React.createElement(GraphiQL, { fetcher, defaultQuery, isHeadersEditorEnabled: false, key: token.slice(-8) }))
}

form.addEventListener('submit', async (event) => {
  event.preventDefault()
  const body = JSON.stringify(Object.fromEntries(new FormData(form)))
  const answer = await fetch('/v1/session', { method: 'POST', headers: json, body })
  const session = await answer.json()
  if (!answer.ok) return showForm(session.detail)
  token = session.accessToken
  form.reset()
  showEditor()
})
`
