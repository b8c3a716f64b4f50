#include "tests/world/planted.hpp"

namespace claimferry::world {

std::span<const PlantedBug> planted_bugs() {
  static const std::vector<PlantedBug> all{
      {"a busy member is put into a ready set",
       "crashes",
       {"I1"},
       {{"    and not is_busy(member, payer)\n", "\n"}}},
      {"a member stays in the ready set of another lane",
       "crashes",
       {"I1"},
       {{"if other ~= lane then leave_ready(", "if false then leave_ready("}}},
      {"a claim does not mark the member busy",
       "slow_payer",
       {"I2"},
       {{"if redis.call('HSETNX', key('busy'), member, job) == 0 then", "if false then"}}},
      {"any worker holds any lease",
       "pauses",
       {"I1", "I2", "I3", "I5"},
       {{"return redis.call('HGET', key('busy'), member) == job\n", "return true or job\n"},
        {"if redis.call('HGET', key('busy'), member) ~= job then return nil end", ""},
        {"return facts.fence == fence and facts or nil", "return facts"}}},
      {"a reaped job stays among the running",
       "crashes",
       {"I2", "I3"},
       {{"leave_running(job, member, facts.payer, facts.renewed)\n  if facts.cancel then return",
         "if facts.cancel then return"}}},
      {"a delayed job says that it runs",
       "shaky_payer",
       {"I3"},
       {{"redis.call('HSET', job_key(job), 'state', 'delayed')", ""}}},
      {"an enqueued job is not noted as the only one for its work",
       "slow_payer",
       {"I4"},
       {{"if redis.call('HSETNX', key('uniq'), field, id) == 0 then", "if false then"}}},
      {"an ended job is still noted as alive",
       "calm",
       {"I4"},
       {{"if redis.call('HGET', key('uniq'), field) == job then", "if false then"}}},
      {"a claim ignores the payer's cap",
       "slow_payer",
       {"I5"},
       {{"room = cap - load", "room = count"}, {"load < cap", "load < 1000"}}},
      {"a reaped job is still counted as load",
       "crashes",
       {"I5"},
       {{"add(key('load'), payer, -1)", ""}}},
      {"fences are given twice",
       "slow_payer",
       {"I6"},
       {{"math.max(fence_now + 1, now_us)", "fence_now > 0 and fence_now or now_us"}}},
      {"fences follow a clock set back",
       "redis_failover",
       {"I6"},
       {{"math.max(fence_now + 1, now_us)", "now_us"}}},
      {"the sink takes a stale worker's page", "pauses", {"I6"}, {}, SinkBug::no_fence},
      {"nobody gets a next due time",
       "calm",
       {"I7"},
       {{"redis.call('ZADD', due_key(payer), whole(at), member)", ""},
        {"redis.call('ZADD', due_key(payer), due, member)", ""}}},
      {"the end of a job sets no due time",
       "calm",
       {"not settled"},
       {{"redis.call('ZADD', due_key(payer), due, member)", ""}}},
      {"a member that must consent again is not counted",
       "single_use_tokens",
       {"counts"},
       {{"add(key('states'), state, 1)", ""}}},
      {"an ended job is still counted as alive",
       "calm",
       {"counts"},
       {{"  count_live(facts.payer, facts.lane, -1)\n", "\n"}}},
      {"a job that comes back leaves no trace with its member",
       "shaky_payer",
       {"I3"},
       {{"redis.call('ZADD', waits_key(member), at, job)", ""}}},
      {"an end is not noted for the audit",
       "calm",
       {"audit"},
       {{"    trail.ended(job, member, facts, ending)\n", "\n"}}},
      {"slots of the payer's rate are given out twice",
       "calm",
       {"quota"},
       {{"quota.tat = quota.tat + count * interval", "quota.tat = quota.tat + 0"}}},
      {"a page is lost, and its commit answered", "calm", {"lost"}, {}, SinkBug::loses_a_page},
      {"a page is stored twice, under other ids",
       "calm",
       {"duplicated"},
       {},
       SinkBug::stores_twice},
      {"a byte of a claim is changed", "calm", {"wrong"}, {}, SinkBug::changes_a_byte},
      {"an erasure is answered and not done",
       "operators",
       {"came back"},
       {},
       SinkBug::keeps_the_erased},
      {"the tokens of a member that leaves are kept",
       "operators",
       {"came back"},
       {{"  redis.call('DEL', tokens_key(member))\n  if facts", "  if facts"}}},
      {"an erased member stays among those who leave",
       "operators",
       {"I7"},
       {{"  redis.call('ZREM', key('erasing'), member)\n  redis.call('ZREM', key('erase_at'), "
         "member)\n"
         "  redis.call('ZREM', key('ready_erase'), member)\n",
         ""}}},
      {"no refresh is noted before it leaves",
       "tokens",
       {"the payer", "a member must consent again"},
       {{"redis.call('HSET', tokens, 'intent_version', ARGV[5],",
         "redis.call('HMGET', tokens, 'intent_version', ARGV[5],"}}},
      {"idle tokens are not kept alive",
       "keepalive",
       {"reconsents", "a member must consent again"},
       {{"for _, member in ipairs(idle) do keep_alive(payer, member) end", ""}}},
      {"a paused member's tokens are not kept alive",
       "keepalive",
       {"reconsents", "a member must consent again", "not settled"},
       {{"if best[1] and paused('member:' .. member) then best = keepalive.runnable(member) end",
         "if paused('member:' .. member) then best = {} end"}}},
      {"an answer that outlived its lease is not stored",
       "pauses",
       {"the tokens of member"},
       {{"if not is_held and facts[2] ~= ARGV[4] and not outlived then", "if not is_held then"}}},
      {"a surge of refusals is never noticed",
       "surge_of_refusals",
       {"not settled"},
       {{"local began = is_surge(payer, of, share)", "local began = false"}}},
      {"a refusal during a surge still parks its member",
       "surge_of_refusals",
       {"not settled"},
       {{"if of.stopped_at > 0 then return true, false end",
         "if of.stopped_at > 0 then return false, false end"}}},
      {"who was parked before a surge was noticed stays parked",
       "surge_of_refusals",
       {"not settled"},
       {{"if facts[1] == payer and facts[2] == 'reconsent' then", "if false then"}}},
      {"refreshing that was stopped is never tried again",
       "surge_of_refusals",
       {"not settled"},
       {{"if of.asks_at > now then return of.asks_at - now end",
         "if of.asks_at > 0 then return ASKS_EVERY end"}}},
      {"a request for tokens names the client in its body",
       "calm",
       {"the payer"},
       {},
       SinkBug::none,
       true},
      {"a refreshed token is not stored",
       "single_use_tokens",
       {"the payer", "a member must consent again"},
       {{"'refresh_token', ARGV[6], 'access_token', ARGV[7]", "'access_token', ARGV[7]"}}},
  };
  return all;
}

// As if the sink asked nobody: whoever comes writes.
void SpoiledSink::forget_fence(const claims::SyncKey& key) {
  if (bug_ == SinkBug::no_fence) {
    sink_.set_fence(key.job.member, Fence{0});
  }
}

claims::PageCommit SpoiledSink::under_other_ids(const claims::PageCommit& commit) {
  claims::PageCommit twin{commit.key, commit.resource, commit.sweep, commit.at, {}, commit.after};
  for (claims::ResourceRow row : commit.page.resources) {
    row.id = twin.page.texts.add(std::string(row.id) + "-again");
    twin.page.resources.push_back(row);
  }
  return twin;
}

awaitable<Result<claims::CommitReport>> SpoiledSink::commit(claims::PageCommit commit) {
  forget_fence(commit.key);
  const bool now =
      !struck_ && commit.resource == queue::Resource::eob && !commit.page.resources.empty();
  struck_ = struck_ || now;
  if (now && bug_ == SinkBug::loses_a_page) {
    co_return claims::CommitReport();
  }
  if (now && bug_ == SinkBug::stores_twice) {
    auto twin = under_other_ids(commit);
    auto stored = co_await sink_.commit(std::move(twin));
    CLAIMFERRY_ASSERT(stored.ok());
  }
  if (now && bug_ == SinkBug::changes_a_byte) {
    commit.page.resources.front().content_hash[0] ^= 1U;
  }
  co_return co_await sink_.commit(std::move(commit));
}

awaitable<Result<void>> SpoiledSink::erase(claims::SyncKey key) {
  if (bug_ == SinkBug::keeps_the_erased) {
    co_return Result<void>();
  }
  co_return co_await sink_.erase(std::move(key));
}

awaitable<Result<claims::CloseReport>> SpoiledSink::close(claims::SyncClose close) {
  forget_fence(close.key);
  co_return co_await sink_.close(std::move(close));
}

}  // namespace claimferry::world
