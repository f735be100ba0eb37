// The pages that a person clicks through: log in, allow, and the code of a device. They load nothing.

import { text } from "node:stream/consumers";

const page = (title, body) =>
  `<!doctype html><html lang="en"><meta charset="utf-8"><title>${title}</title><h1>${title}</h1>${body}</html>`;

const escaped = (words) => String(words).replace(/[&<>"]/gu, (sign) => `&#${sign.codePointAt(0)};`);

const login = page(
  "Log in",
  `<form method="post">
     <label>Name <input name="who" autofocus></label>
     <label>Password <input name="password" type="password"></label>
     <button name="answer" value="yes">Log in</button>
     <button name="answer" value="no">Cancel</button>
   </form>`,
);

const consent = (who, client, scopes) =>
  page(
    "Allow access",
    `<p>${escaped(client)} asks for ${escaped(scopes)} as ${escaped(who)}.</p>
     <form method="post">
       <button name="answer" value="yes">Allow</button>
       <button name="answer" value="no">Deny</button>
     </form>`,
  );

/// One step of a login in the browser. `given` collects the ids of what each person has allowed.
export async function interaction(provider, given, request, response) {
  const { prompt, params, session, grantId } = await provider.interactionDetails(request, response);
  if (request.method !== "POST") {
    response.setHeader("content-type", "text/html");
    const whole = prompt.name === "login" ? login : consent(session.accountId, params.client_id, params.scope);
    response.end(whole);
    return;
  }
  const form = new URLSearchParams(await text(request));
  const finish = (result, mergeWithLastSubmission) =>
    provider.interactionFinished(request, response, result, { mergeWithLastSubmission });
  if (form.get("answer") !== "yes") {
    await finish({ error: "access_denied", error_description: "The person said no" }, false);
  } else if (prompt.name === "login") {
    await finish({ login: { accountId: form.get("who") } }, false);
  } else {
    const { accountId } = session;
    const grant =
      (grantId && (await provider.Grant.find(grantId))) ||
      new provider.Grant({ accountId, clientId: params.client_id });
    grant.addOIDCScope(params.scope);
    const id = await grant.save();
    given.set(accountId, [...(given.get(accountId) ?? []), id]);
    await finish({ consent: { grantId: id } }, true);
  }
}

/// The pages of the device flow.
export const device = {
  userCodeInputSource: (ctx, form, _, error) => {
    ctx.type = "html";
    const wrong = error ? '<p role="alert">This code is not known.</p>' : "";
    ctx.body = page("Enter the code", `${wrong}${form}<button type="submit" form="op.deviceInputForm">Go on</button>`);
  },
  userCodeConfirmSource: (ctx, form, client, _, code) => {
    ctx.type = "html";
    const buttons =
      '<button type="submit" form="op.deviceConfirmForm">Go on</button>' +
      '<button type="submit" form="op.deviceConfirmForm" value="yes" name="abort">Stop</button>';
    ctx.body = page("Is this your code", `<p id="code">${escaped(code)}</p>${form}${buttons}`);
  },
  successSource: (ctx) => {
    ctx.type = "html";
    ctx.body = page("The device is logged in", "<p>You can close this page.</p>");
  },
};
