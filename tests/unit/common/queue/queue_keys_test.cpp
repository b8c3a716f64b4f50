#include "common/queue/queue_keys.hpp"

#include <algorithm>

#include <gtest/gtest.h>

namespace claimferry::queue {
namespace {

using Look = QueueKey::Look;

TEST(QueueKeys, AreKnownByTheirNames) {
  struct Row {
    std::string_view key, type, check, name;
    Look look;
  };
  const Row table[] = {
      {"running", "zset", "running", "running", Look::members},
      {"uniq", "hash", "uniq", "uniq", Look::pairs},
      {"wake", "list", "", "wake", Look::none},
      {"fence", "string", "fence", "fence", Look::itself},
      {"job:1f", "hash", "jobs", "1f", Look::itself},
      {"member:M-1", "hash", "members", "M-1", Look::itself},
      {"m:M1", "zset", "runnable", "M1", Look::small_set},
      {"waits:M1", "zset", "waits", "M1", Look::small_set},
      {"ready:aetna:urgent", "zset", "ready", "aetna:urgent", Look::members},
      {"due:aetna", "zset", "due", "aetna", Look::members},
      {"quota:aetna", "hash", "numbers", "quota:aetna", Look::itself},
      {"flight:aetna", "hash", "", "aetna", Look::none},
      {"batch:b1", "hash", "batches", "b1", Look::itself},
      {"batch:b1:jobs", "zset", "batch_jobs", "b1", Look::members},
      {"batch:b1:left", "list", "batch_parts", "b1", Look::itself},
      {"command:1-0", "hash", "", "1-0", Look::none},
  };
  for (const Row& row : table) {
    const auto key = queue_key(row.key);
    ASSERT_TRUE(key.has_value()) << row.key;
    EXPECT_EQ(key->type, row.type) << row.key;
    EXPECT_EQ(key->check, row.check) << row.key;
    EXPECT_EQ(key->name, row.name) << row.key;
    EXPECT_EQ(key->look, row.look) << row.key;
  }
}

TEST(QueueKeys, OthersAreNotOurs) {
  for (const char* name :
       {"", "hello", "job:", "job:a:b", "Running", "running:x", "ready:aetna", "ready:aetna:fast",
        "batch:b1:other", "batch:b1:jobs:x", "m", "aside:x"}) {
    EXPECT_FALSE(queue_key(name).has_value()) << name;
  }
  EXPECT_TRUE(is_aside("aside:running"));
  EXPECT_FALSE(is_aside("running"));
}

TEST(QueueKeys, WhatKnowsLostJobsIsLookedAtFirst) {
  const auto names = single_queue_keys();
  const auto place = [&](std::string_view name) { return std::ranges::find(names, name); };
  EXPECT_LT(place("uniq"), place("busy"));
  EXPECT_LT(place("busy"), place("running"));
  EXPECT_EQ(place("wake"), names.end());
  for (const auto name : names) {
    EXPECT_TRUE(queue_key(name).has_value()) << name;
  }
}

}  // namespace
}  // namespace claimferry::queue
