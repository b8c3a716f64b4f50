#include "tests/contract/queue_damage.hpp"

namespace claimferry::contract {
namespace {

std::string key(const std::string& name) {
  return "cf:{0}:" + name;
}
std::string job(const std::string& id) {
  return key("job:" + id);
}

constexpr auto later = "9000000000000";

std::vector<Damage> of_jobs(const Scene& s) {
  return {
      {"its kind is lost", "I3", {{"HDEL", job(s.ready), "kind"}}},
      {"its window is lost", "I3", {{"HDEL", job(s.delayed), "window"}}},
      {"its payer is lost", "I3 counts", {{"HDEL", job(s.ready), "payer"}}},
      {"its payer is another", "I3 counts", {{"HSET", job(s.ready), "payer", "other"}}},
      {"its lane is lost", "I3 counts", {{"HDEL", job(s.ready), "lane"}}},
      {"its member is lost, it is ready", "I3", {{"HDEL", job(s.ready), "member"}}},
      {"its member is lost, it runs", "I3", {{"HDEL", job(s.running), "member"}}},
      {"its member is lost, it is delayed", "I3", {{"HDEL", job(s.delayed), "member"}}},
      {"its time is lost", "I3", {{"HDEL", job(s.ready), "enqueued_at"}}},
      {"a counter is a word", "I3", {{"HSET", job(s.running), "stalls", "many"}}},
      {"its state is lost, it is ready", "I3 counts", {{"HDEL", job(s.ready), "state"}}},
      {"its state is lost, it runs", "I2 counts", {{"HDEL", job(s.running), "state"}}},
      {"its state is another", "I3", {{"HSET", job(s.ready), "state", "delayed"}}},
      {"its state is an end", "I3 I4 counts", {{"HSET", job(s.ready), "state", "done"}}},
      {"its hash is lost, it is ready", "I3 I4 counts", {{"DEL", job(s.ready)}}},
      {"its hash is lost, it runs", "I3 I4 I5 counts", {{"DEL", job(s.running)}}},
      {"its hash is lost, it is delayed", "I3 I4 counts", {{"DEL", job(s.delayed)}}},
      {"its hash and its name are lost, it runs",
       "I3 I4 I5 counts",
       {{"DEL", job(s.running)}, {"HDEL", key("uniq"), "sync M2 sweep"}}},
      {"all of it is lost but a place",
       "I3 I4 counts",
       {{"DEL", job(s.ready)}, {"HDEL", key("uniq"), "sync M1 sweep"}},
       {s.ready}},
      {"it is nowhere", "I1 I3", {{"ZREM", key("m:M1"), s.ready}}},
      {"it is delayed, too", "I3", {{"ZADD", key("delayed"), later, s.ready}}},
      {"it is done, too", "I3", {{"ZADD", key("done"), "1", s.ready}}},
      {"it is ready, too, and runs", "I2", {{"ZADD", key("m:M2"), "5", s.running}}},
      {"it ended, and runs", "I2 I5", {{"ZADD", key("running"), later, s.done}}},
      {"it ended, and is nowhere", "I3", {{"ZREM", key("dead"), s.dead}}},
      {"it waits for nobody", "I3", {{"ZREM", key("waits:M3"), s.delayed}}},
      {"it waits and is not delayed", "I3", {{"ZREM", key("delayed"), s.delayed}}},
      {"it is neither delayed nor waits",
       "I3",
       {{"ZREM", key("delayed"), s.delayed}, {"ZREM", key("waits:M3"), s.delayed}}},
      {"it stands with another member", "I1 I3", {{"ZADD", key("m:M4"), "1", s.ready}}},
      {"it waits with another member", "I3", {{"ZADD", key("waits:M4"), "1", s.delayed}}},
      {"it waits in no lane", "I1", {{"ZADD", key("m:M1"), "4e13", s.ready}}},
      {"a place names nothing", "I3", {{"ZADD", key("dead"), "1", "nothing"}}},
      {"another place names nothing", "I3", {{"ZADD", key("done"), "1", "nothing"}}},
  };
}

std::vector<Damage> of_running(const Scene& s) {
  return {
      {"busy without running", "I2 I5", {{"ZREM", key("running"), s.running}}},
      {"running without busy", "I2", {{"HDEL", key("busy"), "M2"}}},
      {"busy with another's job", "I2", {{"HSET", key("busy"), "M4", s.running}}},
      {"busy with nothing", "I1 I2", {{"HSET", key("busy"), "M1", "nothing"}}},
      {"running, and nothing", "I3", {{"ZADD", key("running"), later, "nothing"}}},
      {"a lease for ever", "I2", {{"ZADD", key("running"), "+inf", s.running}}},
      {"its fence is lost", "I6", {{"HDEL", job(s.running), "fence"}}},
      {"the fence fell", "I6", {{"SET", key("fence"), "5"}}},
      {"the fence is lost", "I6", {{"DEL", key("fence")}}},
      {"the fence is a word", "I6", {{"SET", key("fence"), "high"}}},
      {"load is too high", "I5", {{"HSET", key("load"), "aetna", "7"}}},
      {"load is a word", "I5", {{"HSET", key("load"), "aetna", "x"}}},
      {"load is lost", "I5", {{"DEL", key("load")}}},
  };
}

std::vector<Damage> of_members(const Scene& s) {
  return {
      {"ready twice", "I1", {{"ZADD", key("ready:aetna:routine"), "1", "M1"}}},
      {"ready nowhere", "I1", {{"ZREM", key("ready:aetna:urgent"), "M1"}}},
      {"ready under another payer", "I1", {{"ZADD", key("ready:other:urgent"), "1", "M1"}}},
      {"ready while it is busy", "I1", {{"ZADD", key("ready:aetna:urgent"), "1", "M2"}}},
      {"ready without work", "I1", {{"ZADD", key("ready:aetna:urgent"), "1", "M4"}}},
      {"ready and unknown", "I1", {{"ZADD", key("ready:aetna:urgent"), "1", "nobody"}}},
      {"a whole ready set is lost", "I1", {{"DEL", key("ready:aetna:urgent")}}},
      {"no longer due", "I7", {{"ZREM", key("due:aetna"), "M4"}}},
      {"all due times are lost", "I7", {{"DEL", key("due:aetna")}}},
      {"due and unknown", "I7", {{"ZADD", key("due:aetna"), "1", "nobody"}}},
      {"due at another payer", "I7", {{"ZADD", key("due:other"), "1", "M4"}}},
      {"due without consent", "I7", {{"ZADD", key("due:aetna"), "1", "M6"}}},
      {"the payers are lost", "I7", {{"DEL", key("payers")}}},
      {"its payer is lost", "I7", {{"HDEL", key("member:M1"), "payer"}}},
      {"its state is lost", "I7 counts", {{"HDEL", key("member:M1"), "state"}}},
      {"its hash is lost, it has work", "I1 I7 counts", {{"DEL", key("member:M1")}}},
      {"its hash is lost, it is due", "I7 counts", {{"DEL", key("member:M4")}}},
      {"its sweep is a word", "keys", {{"HSET", key("member:M4"), "last_sweep", "long ago"}}},
      {"its live sync ended", "I4", {{"HSET", key("member:M4"), "live_sync", s.done}}},
      {"its success is forgotten", "counts", {{"ZREM", key("lastok"), "M4"}}},
      {"a success of nobody", "counts", {{"ZADD", key("lastok"), "1", "nobody"}}},
      {"a success of whom nobody may refresh", "counts", {{"ZADD", key("lastok"), "1", "M6"}}},
      {"states are wrong", "counts", {{"HINCRBY", key("states"), "active", "3"}}},
      {"states are lost", "counts", {{"DEL", key("states")}}},
      {"live is wrong", "counts", {{"HINCRBY", key("live"), "aetna urgent", "3"}}},
      {"live is a word", "counts", {{"HSET", key("live"), "aetna urgent", "few"}}},
  };
}

std::vector<Damage> of_names(const Scene& s) {
  std::vector<redis::Command> twin{
      {"HSET",     job("twin"), "member", "M1",     "payer",   "aetna", "kind",        "sync",
       "window",   "sweep",     "lane",   "urgent", "state",   "ready", "enqueued_at", "1",
       "attempts", "0",         "stalls", "0",      "snoozes", "0"},
      {"ZADD", key("m:M1"), "1", "twin"},
      {"ZADD", key("ready:aetna:urgent"), "1", "M1"}};
  return {
      {"uniq names nothing", "I4", {{"HSET", key("uniq"), "sync M1 2020-01-01..", "nothing"}}},
      {"uniq names an end", "I4", {{"HSET", key("uniq"), "backfill M4 sweep", s.done}}},
      {"uniq names another work", "I4", {{"HSET", key("uniq"), "backfill M1 sweep", s.ready}}},
      {"uniq names no work", "I4", {{"HSET", key("uniq"), "words", s.ready}}},
      {"uniq forgot a live job", "I4", {{"HDEL", key("uniq"), "sync M1 sweep"}}},
      {"uniq is lost", "I4", {{"DEL", key("uniq")}}},
      {"two jobs for one work", "I4 counts", std::move(twin)},
      {"an end is asked for again", "reruns", {{"ZADD", key("reruns"), "1", s.done}}},
      {"a live job is asked for again, it does not know",
       "reruns",
       {{"ZADD", key("reruns"), "1", s.running}}},
      {"asked for again and forgotten", "reruns", {{"HSET", job(s.running), "rerun", "urgent"}}},
      {"asked for again in no lane",
       "reruns",
       {{"HSET", job(s.running), "rerun", "fast"}, {"ZADD", key("reruns"), "1", s.running}}},
      {"a batch did not count an end",
       "batches",
       {{"ZADD", key("batch:" + s.batch + ":jobs"), "0", s.done}}},
      {"a batch does not know its job",
       "batches",
       {{"ZREM", key("batch:" + s.batch + ":jobs"), s.of_batch}}},
      {"a batch is not open", "batches", {{"ZREM", key("open_batches"), s.batch}}},
      {"a batch is not listed", "batches", {{"ZREM", key("batches"), s.batch}}},
      {"a batch is lost", "batches", {{"DEL", key("batch:" + s.batch)}}},
      {"a batch's window is lost", "batches", {{"HDEL", key("batch:" + s.batch), "window"}}},
      {"a batch counts in words", "batches", {{"HSET", key("batch:" + s.batch), "done", "some"}}},
      {"a batch of no hash", "batches", {{"ZADD", key("open_batches"), "1", "nothing"}}},
      {"a pause until a word", "pauses", {{"HSET", key("paused"), "member:M1", "soon"}}},
      {"a pause that nobody ends", "pauses", {{"HSET", key("paused"), "payer:aetna", "1"}}},
      {"a pause of nothing", "pauses", {{"HSET", key("paused"), "aetna", "0"}}},
      {"an end of no pause", "pauses", {{"ZADD", key("resumes"), later, "lane:routine"}}},
      {"a key that expires", "keys", {{"EXPIRE", job(s.ready), "1000"}}},
      {"the least writer is a word", "keys", {{"HSET", key("meta"), "min_writer", "new"}}},
      {"the least writer is lost", "keys", {{"HDEL", key("meta"), "min_writer"}}},
      {"a lead until a word", "keys", {{"HSET", key("leader"), "until", "noon"}}},
      {"a quiet until a word", "keys", {{"HSET", key("quota:aetna"), "blocked_until", "noon"}}},
      {"a rate of a word", "keys", {{"HSET", key("quota:aetna"), "rate", "fast"}}},
      {"a share of no number", "keys", {{"HSET", key("quota:aetna"), "share", "nan"}}},
      {"a cursor of an end", "keys", {{"SET", key("cursor:" + s.done), "page"}}},
  };
}

}  // namespace

std::vector<Damage> damages(const Scene& scene) {
  std::vector<Damage> all = of_jobs(scene);
  for (const auto& some : {of_running(scene), of_members(scene), of_names(scene)}) {
    all.insert(all.end(), some.begin(), some.end());
  }
  return all;
}

std::vector<Damage> foreign_keys(const Scene& scene) {
  std::vector<std::string> names{"meta",        "leader",      "passed",
                                 "counters",    "fence",       "uniq",
                                 "busy",        "running",     "delayed",
                                 "dead",        "done",        "reruns",
                                 "paused",      "resumes",     "open_batches",
                                 "batches",     "lastok",      "load",
                                 "live",        "states",      "payers",
                                 "wake",        "inbox",       "commands",
                                 "rejected",    "audit",       "m:M1",
                                 "waits:M3",    "due:aetna",   "member:M1",
                                 "member:M4",   "quota:aetna", "ready:aetna:urgent",
                                 "flight:aetna"};
  for (const std::string& id : {scene.ready, scene.running, scene.delayed, scene.dead}) {
    names.push_back("job:" + id);
  }
  for (const char* part : {"", ":jobs", ":left"}) {
    names.push_back("batch:" + scene.batch + part);
  }
  names.push_back("cursor:" + scene.running);
  std::vector<Damage> all;
  for (const std::string& name : names) {
    const bool is_list = name == "wake" || name.ends_with(":left");
    const redis::Command foreign = is_list ? redis::Command{"SET", key(name), "somebody's"}
                                           : redis::Command{"RPUSH", key(name), "somebody's"};
    all.push_back({name, "", {{"DEL", key(name)}, foreign}});
  }
  return all;
}

}  // namespace claimferry::contract
