// What runs inside Redis: one script is one transaction, in which nobody else's command comes between. Lua 5.1.
//
// Everything of a tenant has a key `sluis:{TENANT}:NAME`, so that Redis Cluster keeps it in one place. NAME is
//   nonce:… ticket:… attestation:… person:… device-key:… kept:…:… session:… record:… snapshots:…    an entry, a hash
//   sessions… records… keeps:… snapshots   a list of entries, newest last, a sorted set; an entry knows the lists it stands in
//   expiry                       every entry that is forgotten one day, by when
//   chain:WRITER EPOCH, heads    the ids of the records of a chain in order, and `SEQUENCE HASH` of its last one
//   order                        a counter: entries of one millisecond stay in the order in which they came
// Time is the gateway's, in `expiry` and in arguments: Redis' own clock decides nothing, and no key has a time to live.

import { createHash } from 'node:crypto';

export interface RedisScript {
  readonly text: string;
  readonly sha1: string;
}

const prelude = `
local function key(name) return KEYS[1] .. name end

local function unlist(name)
  local place = redis.call('HMGET', key(name), 'lists', 'member')
  for list in string.gmatch(place[1] or '', '%S+') do redis.call('ZREM', key(list), place[2]) end
  return place[2]
end

local function shown(name)
  local found = redis.call('HMGET', key(name), 'body', 'decision', 'decision-id')
  if not found[1] then return false end
  -- A decision that stands in its record is not stored with the session as well.
  return { found[1], found[2] or (found[3] and redis.call('HGET', key('record:' .. found[3]), 'decision')) }
end

local function nameOf(member) return string.match(member, '^%d+:(.*)$') end
`;

/** Arguments: operations, each as its name, the number of its arguments, and these. Answers `committed` or what conflicts. */
export const commitScript = script(`
local function expires(name, at)
  if at == '' then redis.call('ZREM', key('expiry'), name)
  else redis.call('ZADD', key('expiry'), at, name) end
end

-- In these lists and in no others: what the entry is to know of them. What was listed before keeps its place among its
-- equals, unless it comes anew.
local function list(name, score, lists, before, anew)
  local member = before and unlist(name)
  if anew or not member then
    member = string.format('%012d:%s', redis.call('INCR', key('order')), name)
  end
  for list, own in string.gmatch(lists, '([^%s@]+)@?(%d*)') do
    redis.call('ZADD', key(list), own ~= '' and own or score, member)
  end
  return 'lists', (string.gsub(lists, '@%d+', '')), 'member', member
end

local function version(name)
  return tonumber(redis.call('HGET', key(name), 'version') or '0')
end

local checks, writes = {}, {}

function checks.nonce(name, at)
  if redis.call('EXISTS', key(name)) == 0 then return 'nonce-unknown' end
  if redis.call('HEXISTS', key(name), 'used') == 1 then return 'nonce-used' end
  if tonumber(redis.call('ZSCORE', key('expiry'), name)) <= tonumber(at) then return 'nonce-expired' end
end
function writes.nonce(name, at)
  redis.call('HSET', key(name), 'used', at)
end

function checks.ticket(name, at)
  if redis.call('HEXISTS', key(name), 'redeemed') == 1 then return 'ticket-used' end
  -- An expired ticket is as good as swept; which of the two it is must not depend on when the sweep ran.
  local last = redis.call('ZSCORE', key('expiry'), name)
  if not last or tonumber(last) <= tonumber(at) then return 'ticket-unknown' end
end
function writes.ticket(name, at, redeemed)
  redis.call('HSET', key(name), 'redeemed', redeemed)
end

function checks.attestation(name, sequence)
  local last = redis.call('HGET', key(name), 'sequence')
  if last and tonumber(sequence) <= tonumber(last) then return 'report-sequence-old' end
end
function writes.attestation(name, sequence, lapses, body)
  redis.call('HSET', key(name), 'sequence', sequence, 'body', body)
  expires(name, lapses)
end

function writes.put(name, lapses, body)
  redis.call('HSET', key(name), 'body', body)
  expires(name, lapses)
end

-- Written once, and found in these lists.
function writes.listed(name, score, lapses, lists, body)
  redis.call('HSET', key(name), 'body', body, list(name, score, lists))
  expires(name, lapses)
end

function checks.session(name, expected)
  if version(name) ~= tonumber(expected) then return 'version-conflict' end
end
-- No decision: that of its record, which comes with it.
function writes.session(name, expected, grown, lapses, decidedAt, lists, decisionId, decision, body)
  local before = expected ~= '0'
  if decision == '' or redis.call('HEXISTS', key('record:' .. decisionId), 'decision') == 1 then
    if before then redis.call('HDEL', key(name), 'decision') end
  else
    redis.call('HSET', key(name), 'decision', decision)
  end
  redis.call('HSET', key(name), 'version', grown, 'decision-id', decisionId, 'body', body,
    list(name, decidedAt, lists, before))
  expires(name, lapses)
end

function checks.keep(name, expected)
  if version(name) ~= tonumber(expected) then return 'version-conflict' end
end
function writes.keep(name, expected, grown, lapses, lists, body)
  redis.call('HSET', key(name), 'version', grown, 'body', body, list(name, 0, lists, expected ~= '0', true))
  expires(name, lapses)
end

function checks.record(id, chain, before)
  if redis.call('EXISTS', key('record:' .. id)) == 1 then return 'record-exists' end
  if (redis.call('HGET', key('heads'), chain) or '') ~= before then return 'head-moved' end
end
function writes.record(id, chain, before, head, at, lists, decision, body)
  local name = 'record:' .. id
  if decision ~= '' then redis.call('HSET', key(name), 'decision', decision) end
  redis.call('HSET', key(name), 'body', body, list(name, at, lists))
  redis.call('RPUSH', key('chain:' .. chain), id)
  redis.call('HSET', key('heads'), chain, head)
end

local operations, at = {}, 1
while at <= #ARGV do
  local last = at + 1 + tonumber(ARGV[at + 1])
  table.insert(operations, { name = ARGV[at], unpack(ARGV, at + 2, last) })
  at = last + 1
end
for _, operation in ipairs(operations) do
  local check = checks[operation.name]
  local conflict = check and check(unpack(operation))
  if conflict then return conflict end
end
-- Backwards: a record, which comes last, is there before the session that leaves its decision to it.
for n = #operations, 1, -1 do
  writes[operations[n].name](unpack(operations[n]))
end
return 'committed'
`);

/** Arguments: name, expiry, then fields and values. Answers 1, or 0 when the entry is there already. */
export const addScript = script(`
local name, expires = ARGV[1], ARGV[2]
if redis.call('EXISTS', key(name)) == 1 then return 0 end
redis.call('HSET', key(name), unpack(ARGV, 3))
redis.call('ZADD', key('expiry'), expires, name)
return 1
`);

/** Arguments: pairs of `entry` NAME or `newest` LIST, tried in this order. Answers body and decision of the first found. */
export const findScript = script(`
for n = 1, #ARGV, 2 do
  local name = ARGV[n + 1]
  if ARGV[n] == 'newest' then
    local member = redis.call('ZRANGE', key(name), -1, -1)[1]
    name = member and nameOf(member)
  end
  local found = name and shown(name)
  if found then return found end
end
return false
`);

/** Arguments: how many at most, then lists: bodies and decisions of what stands in all of them, newest first. */
export const listScript = script(`
local limit, members = tonumber(ARGV[1]), {}
if #ARGV == 2 then
  members = redis.call('ZREVRANGE', key(ARGV[2]), 0, limit - 1)
else
  local intersect = { 'ZINTER', #ARGV - 1 }
  for n = 2, #ARGV do table.insert(intersect, key(ARGV[n])) end
  table.insert(intersect, 'AGGREGATE')
  table.insert(intersect, 'MIN')
  local common = redis.call(unpack(intersect))
  for n = #common, math.max(1, #common - limit + 1), -1 do table.insert(members, common[n]) end
end
local found = {}
for _, member in ipairs(members) do table.insert(found, shown(nameOf(member))) end
return found
`);

/** Arguments: a list, two ends as `ZRANGE` takes them, how many at most: bodies and decisions of what stands between, lowest first. */
export const betweenScript = script(`
local found = {}
for _, member in ipairs(redis.call('ZRANGE', key(ARGV[1]), ARGV[2], ARGV[3], 'BYSCORE', 'LIMIT', 0, ARGV[4])) do
  table.insert(found, shown(nameOf(member)))
end
return found
`);

/** Arguments: now, how many at most. Answers how many entries went. */
export const sweepScript = script(`
local names = redis.call('ZRANGE', key('expiry'), '-inf', ARGV[1], 'BYSCORE', 'LIMIT', 0, ARGV[2])
for _, name in ipairs(names) do
  unlist(name)
  redis.call('DEL', key(name))
  redis.call('ZREM', key('expiry'), name)
end
return #names
`);

/** Answers how many records are listed, how many stand in chains, and the heads: chain, head, chain, head, … */
export const headsScript = script(`
local heads, chained = redis.call('HGETALL', key('heads')), 0
for n = 1, #heads, 2 do chained = chained + redis.call('LLEN', key('chain:' .. heads[n])) end
return { redis.call('ZCARD', key('records')), chained, heads }
`);

/** Arguments: chain, first and last place. Answers for each record its body, decision, lists, its scores in these, and refused. */
export const chainScript = script(`
local page = {}
for _, id in ipairs(redis.call('LRANGE', key('chain:' .. ARGV[1]), ARGV[2], ARGV[3])) do
  local record = redis.call('HMGET', key('record:' .. id), 'body', 'decision', 'lists', 'member')
  local scores = {}
  for list in string.gmatch(record[3] or '', '%S+') do
    table.insert(scores, redis.call('ZSCORE', key(list), record[4] or ''))
  end
  local refused = redis.call('ZSCORE', key('records:refused'), record[4] or '')
  table.insert(page, { record[1], record[2], record[3], scores, refused and 1 or 0 })
end
return page
`);

function script(body: string): RedisScript {
  const text = prelude + body;
  return { text, sha1: createHash('sha1').update(text).digest('hex') };
}
