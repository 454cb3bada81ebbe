'use strict';

// co-wechat-api against the emulator. `run` sets the environment and prints what goes wrong here.
//
// Defects of co-wechat-api 3.11.0, and what is done about them:
//
// - It has no option for the hosts. We set the attributes `prefix` and `mpPrefix`.
// - `showQRCodeURL` puts the ticket into the url unescaped, which breaks on `+`. We hand it the ticket escaped.
// - It has no function for the picture. We use its `request`, which returns the bytes alone; status and Content-Type
//   are noted where it calls `httpx.request`.
// - Its error for a status that is not 2xx carries no `code`, only the status in its message.

const httpx = require('httpx');
const CoWechatAPI = require('co-wechat-api');
const { Judge, NOT_LATEST, environment, moveClock } = require('./judge.js');

const judge = new Judge('co-wechat-api');
// The paths co-wechat-api asked for, in order, and its last answer.
const asked = [];
let answered;

const plainRequest = httpx.request;
httpx.request = async (url, options) => {
  asked.push(new URL(url).pathname);
  answered = await plainRequest(url, options);
  return answered;
};

const tokensAsked = () => asked.filter((path) => path === '/cgi-bin/token').length;

function aimed(api, url = environment.url) {
  api.prefix = `${url}/cgi-bin/`;
  api.mpPrefix = `${url}/cgi-bin/`;
  return api;
}

function client({ url, appid = environment.appid, secret = environment.secret } = {}) {
  return aimed(new CoWechatAPI(appid, secret), url);
}

// Tokens of its user's making are not replaced: their errors come through.
function holder(accessToken) {
  const token = { accessToken, expireTime: Date.now() + 60000 };
  return aimed(new CoWechatAPI(environment.appid, environment.secret, async () => token, async () => {}, true));
}

async function picture(api, ticket) {
  const bytes = await api.request(api.showQRCodeURL(encodeURIComponent(ticket)));
  return { status: answered.statusCode, type: answered.headers['content-type'], bytes };
}

judge.run(async () => {
  const api = client();
  const create = (from) => from.createTmpQRCode(7, 604800);

  judge.begin('an access token');
  const { accessToken } = await api.ensureAccessToken();
  judge.checkThat('1 to 512 characters', accessToken.length >= 1 && accessToken.length <= 512, accessToken);

  await judge.checkKinds({
    temporary: (scene, seconds) => api.createTmpQRCode(scene, seconds),
    permanent: (scene) => api.createLimitQRCode(scene),
    picture: (ticket) => picture(api, ticket),
  });
  judge.begin('one access token for all of that');
  judge.check('access token', accessToken, (await api.ensureAccessToken()).accessToken);
  judge.check('tokens asked for', 1, tokensAsked());

  judge.begin('the picture of a bad ticket');
  const missing = await judge.errorOf(() => picture(api, 'gQbad+/='));
  judge.check('the end of the message', 'status code: 404', missing.message.slice(-16));
  judge.begin('a wrong secret');
  await judge.checkRefusal(() => create(client({ secret: 'wrong' })), 40125, 'invalid appsecret');
  judge.begin('a wrong appid');
  await judge.checkRefusal(() => create(client({ appid: 'wxwrong' })), 40013, 'invalid appid');

  judge.begin('an access token that never was');
  await judge.checkRefusal(() => create(holder('made-up')), 40001, NOT_LATEST);

  judge.begin('an access token whose place another took');
  const latest = (await client().getAccessToken()).accessToken;
  judge.checkThat('a new access token', latest !== accessToken, latest);
  judge.checkThat('both good side by side', (await create(holder(accessToken))).ticket);
  await moveClock(301);
  await judge.checkRefusal(() => create(holder(accessToken)), 40001, NOT_LATEST);
  judge.checkThat('the latest good still', (await create(holder(latest))).ticket);

  judge.begin('an expired access token');
  await moveClock(7200);
  await judge.checkRefusal(() => create(holder(latest)), 42001, 'access_token expired');
  judge.begin('an expired access token, replaced by co-wechat-api');
  const before = tokensAsked();
  judge.checkThat('a ticket', (await create(api)).ticket);
  judge.check('tokens asked for', 1, tokensAsked() - before);
  const replaced = (await api.ensureAccessToken()).accessToken;
  judge.checkThat('a new access token', replaced !== accessToken, replaced);

  judge.begin("the day's quota");
  const small = client({ url: environment.smallUrl });
  await create(small);
  await judge.checkRefusal(() => create(small), 45009, 'reach max api daily quota limit');
  judge.begin("the day's quota, cleared");
  const data = JSON.stringify({ appid: environment.appid });
  const { accessToken: kept } = await small.ensureAccessToken();
  const cleared = await small.request(`${small.prefix}clear_quota?access_token=${kept}`, { method: 'POST', data });
  judge.check('errcode', 0, cleared.errcode);
  judge.checkThat('a ticket', (await create(small)).ticket);
});
