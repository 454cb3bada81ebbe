'use strict';

// What both JavaScript judges share: the environment from `run`, counted checks, zbar, the emulator's clock.

const { spawnSync } = require('child_process');
const fs = require('fs');
const os = require('os');
const path = require('path');
const { isDeepStrictEqual } = require('util');

const environment = {
  url: process.env.EMULATOR_URL,
  controlUrl: process.env.EMULATOR_CONTROL_URL,
  // Another emulator, whose account may create one code a day.
  smallUrl: process.env.EMULATOR_SMALL_URL,
  appid: process.env.EMULATOR_APPID,
  secret: process.env.EMULATOR_SECRET,
};

// The sample of the platform's documents, in base64 with padding, and the url inside.
const PUBLISHED = {
  ticket: 'gQH47joAAAAAAAAAASxodHRwOi8vd2VpeGluLnFxLmNvbS9xL2taZ2Z3TVRtNzJXV1Brb3ZhYmJJAAIEZ23sUwMEmm3sUw==',
  url: 'http://weixin.qq.com/q/kZgfwMTm72WWPkovabbI',
};
const RID = / rid: [0-9a-f]{8}-[0-9a-f]{8}-[0-9a-f]{8}$/;
const NOT_LATEST = 'invalid credential, access_token is invalid or not latest, could get access_token by ' +
  'getStableAccessToken, more details at https://mmbizurl.cn/s/JtxxFh33r';

class Judge {
  constructor(name) {
    this.sdk = `${name} ${require(`${name}/package.json`).version}`;
    this.checks = 0;
    this.failures = 0;
    this.step = 'start';
  }

  begin(step) {
    this.step = step;
  }

  complain(expected, got) {
    this.failures += 1;
    console.error(`${this.sdk}: ${this.step}: expected ${expected}, got ${got}`);
  }

  check(what, expected, got) {
    this.checks += 1;
    if (!isDeepStrictEqual(expected, got)) {
      this.complain(`${what} ${JSON.stringify(expected)}`, JSON.stringify(got));
    }
  }

  checkThat(what, holds, got) {
    this.checks += 1;
    if (!holds) this.complain(what, JSON.stringify(got));
  }

  // The error `call` ends in; nothing else will do.
  async errorOf(call) {
    let answer;
    try {
      answer = await call();
    } catch (error) {
      this.check('the name of the error', 'WeChatAPIError', error.name);
      return error;
    }
    throw new Error(`expected a WeChatAPIError, got the answer ${JSON.stringify(answer)}`);
  }

  async checkRefusal(call, errcode, errmsg) {
    const error = await this.errorOf(call);
    this.check('code', errcode, error.code);
    this.checkThat('a message that ends in a rid', RID.test(error.message), error.message);
    this.check('message', errmsg, error.message.replace(RID, ''));
  }

  // `picture`: `{status, type, bytes}`.
  checkPicture(picture, url) {
    this.check('status', 200, picture.status);
    this.check('Content-Type', 'image/jpg', picture.type);
    this.check('a picture of', url, scan(picture.bytes));
  }

  // The four kinds of codes and their pictures, by four functions of the SDK.
  async checkKinds({ temporary, permanent, picture }) {
    const kinds = [
      ['a temporary id', 4294967295, 2592000],
      ['a temporary string', '门店-7', 604800],
      ['a permanent id', 100000],
      ['a permanent string', '华东_门店,7.a-B'],
    ];
    for (const [name, scene, seconds] of kinds) {
      this.begin(name);
      const create = () => (seconds ? temporary(scene, seconds) : permanent(scene));
      const first = await create();
      const fields = seconds ? ['expire_seconds', 'ticket', 'url'] : ['ticket', 'url'];
      this.check('the fields', fields, Object.keys(first).sort());
      this.check('expire_seconds', seconds, first.expire_seconds);
      this.checkThat('a url of the emulator', first.url.startsWith('http://emulator.invalid/q/'), first.url);

      this.begin(`${name}, its picture`);
      this.checkPicture(await picture(first.ticket), first.url);

      this.begin(`${name}, the same scene again`);
      const second = await create();
      if (seconds) {
        this.checkThat('another ticket', second.ticket !== first.ticket, second.ticket);
        this.checkThat('another url', second.url !== first.url, second.url);
      } else {
        this.check('url', first.url, second.url);
      }
    }

    this.begin('permanent strings that differ');
    const urls = new Set();
    for (const scene of ['店', '庄', '5', 5]) urls.add((await permanent(scene)).url);
    this.check('different urls', 4, urls.size);

    this.begin('a permanent string of 66 bytes');
    await this.checkRefusal(() => permanent('店'.repeat(22)), 40053, 'invalid action info');
    this.begin('a permanent id above 100,000');
    await this.checkRefusal(() => permanent(100001), 40053, 'invalid action info');

    this.begin('the picture of a published ticket');
    this.checkPicture(await picture(PUBLISHED.ticket), PUBLISHED.url);
  }

  // Runs the judge's steps and ends the program.
  async run(steps) {
    try {
      await steps();
    } catch (error) {
      this.complain('no error', `${error.name}: ${error.message}`);
    }
    if (this.failures === 0) console.log(`${this.sdk}: ${this.checks} checks passed`);
    process.exit(this.failures === 0 ? 0 : 1);
  }
}

// What zbar reads in a picture.
function scan(bytes) {
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'judge-'));
  try {
    const file = path.join(folder, 'picture.jpg');
    fs.writeFileSync(file, bytes);
    const zbar = ['--raw', '--quiet', '-Sdisable', '-Sqrcode.enable', file];
    const done = spawnSync('zbarimg', zbar, { stdio: ['ignore', 'pipe', 'pipe'], encoding: 'utf8' });
    return (done.stdout || done.stderr || '').replace(/\n$/, '');
  } finally {
    fs.rmSync(folder, { recursive: true });
  }
}

async function moveClock(seconds) {
  const answer = await fetch(`${environment.controlUrl}/clock`, {
    method: 'POST',
    headers: { 'Content-Type': 'application/json' },
    body: JSON.stringify({ advance: seconds }),
  });
  if (!answer.ok) throw new Error(`the emulator's clock did not move: ${answer.status} ${await answer.text()}`);
}

module.exports = { Judge, NOT_LATEST, environment, moveClock };
