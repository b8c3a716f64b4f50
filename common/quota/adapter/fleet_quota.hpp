// FleetQuota: the port to the one quota that a payer's whole fleet shares. A shard asks for
// permits, tells what became of those it had, and tells of every 429. Redis away is `local`: then
// nobody gets permits.
#pragma once

#include <optional>
#include <string>

#include "common/async/awaitable.hpp"
#include "common/base/ids.hpp"
#include "common/base/result.hpp"
#include "common/quota/breaker.hpp"
#include "common/quota/permit_stock.hpp"

namespace claimferry::quota {

// What the operator's configuration says of a payer's limit; 0: nothing.
struct Profile {
  double rate = 0;  // requests a second
  double burst = 0;
  double floor = 0;
  double ceiling = 0;
  double backfill_share = 0;  // of the permits, at most, while other lanes want them
};

struct Ask {
  PayerName payer;
  Profile profile;
  std::string shard;
  unsigned in_flight = 0;  // requests under way and permits held, this ask's not included
  ByUse<unsigned> wanted = {};
  // Since the last ask that was answered:
  unsigned given_back = 0;  // permits of slots to come
  unsigned started = 0;
  unsigned served = 0;  // answers that were no refusal
  std::uint64_t served_epoch = 0;
  unsigned served_tokens = 0;  // of the served
  unsigned pace = 1'000;       // of 1,000: how far the payer's headers slow us down
  std::uint64_t epoch = 0;     // the last that this process heard of
};

struct Answer {
  Grant grant;
  Duration quiet = Duration::zero();      // the payer asked for, from now on
  Duration ask_again = Duration::zero();  // not before it is there anything more to be had
  double rate = 0;                        // in force, requests a second; 0: none is known
  bool probing = false;                   // one request finds out whether the quiet is over
  Breaker breaker;
};

// A 429, or a 503 with Retry-After.
struct Refusal {
  PayerName payer;
  std::uint64_t epoch = 0;        // of the permit that the request left with
  std::optional<Duration> asked;  // the quiet that the payer named
  double unit = 0;                // uniform in [0, 1): the jitter where it named none
  bool is_limit = true;           // false: it says nothing of what the payer grants
};

struct Quiet {
  std::uint64_t epoch = 0;
  Duration how_long = Duration::zero();
  bool begins = false;  // it is the first 429 of its burst
};

// What a shard tells of the payer's breaker, or asks of it.
enum class BreakerWord : std::uint8_t {
  open,    // requests of this shard fail, and nobody's is served
  probe,   // may this shard ask whether it is over?
  lost,    // its probe failed
  closed,  // its probe was served
};

struct BreakerReply {
  Breaker breaker;
  bool may_probe = false;
};

class FleetQuota {
 public:
  virtual ~FleetQuota() = default;
  virtual awaitable<Result<Answer>> ask(Ask ask) = 0;
  virtual awaitable<Result<Quiet>> refused(Refusal refusal) = 0;
  // barred: what this shard finds barred. probe_for: how long a probe may take.
  virtual awaitable<Result<BreakerReply>> breaker(PayerName payer, BreakerWord word,
                                                  std::string shard, Barred barred,
                                                  Duration probe_for) = 0;
};

}  // namespace claimferry::quota
