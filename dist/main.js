import{appendFileSync as e,readFileSync as t}from"node:fs";function n(){if(process.env.INPUT_MODE?.trim()!==`plan`||process.env.GITHUB_EVENT_NAME!==`issue_comment`)return!1;try{let e=JSON.parse(t(process.env.GITHUB_EVENT_PATH??``,`utf8`));return e.issue.pull_request===void 0||e.issue.pull_request===null||typeof e.comment.body==`string`&&!e.comment.body.startsWith(`/`)}catch{return!1}}if(n())process.env.GITHUB_OUTPUT&&e(process.env.GITHUB_OUTPUT,`decision=skip
reason-code=not_for_us
stage=skipped
`);else{let{run:e}=await import(`./chunks/run.js`);await e(),process.exit()}export{};