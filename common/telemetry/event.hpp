// What happens, as typed events. The code that acts emits them once; metrics, logs and the audit
// trail are observers. An event holds the job's id, never a member's, and no token, name or amount:
// what is not here cannot leak.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <variant>

#include "common/base/clock.hpp"
#include "common/base/failure.hpp"
#include "common/base/ids.hpp"

namespace claimferry::telemetry {

// How a callback was answered; the metric's label.
enum class CallbackEnd : std::uint8_t {
  settled,        // it was its enrolment's own; EnrolmentEnded says how it ended
  replayed,       // another one had come before it
  unknown_state,  // of nobody, or of an enrolment whose time is over
  bad_request,    // it is not what a payer sends
  too_many,       // its address was held back
  store_away,     // nobody could look whose it is
};

struct JobClaimed {
  JobId job;
  std::string_view kind;
  std::string_view lane;
  Duration waited;
};
struct JobSettled {
  JobId job;
  std::string_view kind;
  std::string_view outcome;  // queue::to_string(Verdict)
  std::string_view stage;
  std::string code;
  std::string detail;
  Duration took;
};
struct RequestDone {
  PayerName payer;
  std::string_view endpoint;  // token, patient, coverage, eob, discovery
  unsigned status;            // 0: no answer
  std::string code;           // empty on success
  Duration took;
  std::uint64_t received_bytes;
};
struct RequestStarted {
  PayerName payer;
};
struct PageCommitted {
  JobId job;
  PayerName payer;
  std::string_view resource;
  std::uint32_t inserted;
  std::uint32_t changed;
  std::uint32_t unchanged;
  std::uint32_t quarantined;
};
struct EntryRejected {
  JobId job;
  PayerName payer;
  std::string reason;        // a stable code
  std::string pointer = {};  // JSON pointer to the offending place within the entry: no values
};
struct TokenRefreshed {
  JobId job;
  PayerName payer;
  std::string_view outcome;  // telemetry::refresh_outcomes
};
struct RateLimited {
  PayerName payer;
  std::string_view lane;
  Duration wait;
};
struct PermitsGranted {  // by the fleet's quota, to one shard
  PayerName payer;
  std::string_view lane;  // quota::to_string(Use)
  unsigned permits;
};
struct PermitUsed {  // a request may leave
  PayerName payer;
  std::string_view lane;
  Duration waited;
};
struct QuotaRate {  // the rate in force changed, as this shard sees it
  PayerName payer;
  double requests_a_second;  // 0: no limit is known
};
struct PayerQuiet {  // told by who met the first 429 of a burst
  PayerName payer;
  Duration how_long;
};
struct GrantsStopped {  // by a refusal that this shard met: no refresh is sent for this payer
  PayerName payer;
};
struct BreakerMoved {  // one shard's: nothing is a job's fault while it is open
  PayerName payer;
  bool open;
};
struct JobMalformed {  // not written by us: a dead letter
  JobId job;
};
struct JobsPoisoned {  // dead letters: they took one worker after another down
  unsigned jobs;
};
struct LeaseLost {
  JobId job;
};
struct WriteFenced {
  JobId job;
};
struct SweepHeld {
  JobId job;
  PayerName payer;
  std::uint32_t missing;
};
struct LocalTrouble {     // Redis or the sink away; said once when it begins, once when it ends
  std::string_view what;  // redis, sink
  std::string code;
  std::string detail;
  bool over;
};
struct EnrolmentEnded {
  PayerName payer;
  std::string_view outcome;  // telemetry::enrolment_outcomes
  std::string code;          // of the failure behind it; empty: there was none
  std::string detail;
};
struct CallbackAnswered {  // brought by a browser to enrolment
  CallbackEnd end;
};
struct ApiKeyMissing {};  // a request to enrolment's API without a valid key
struct HandlerThrew {     // at one of our own ports; the request was answered 500
  std::string_view port;  // admin, enroll
  std::string type;       // the exception's; its words may hold what was sent
};
struct MembersReplanned {  // neither due nor queued nor running, and due again
  unsigned members;
};
struct AuditDrained {  // lines that are durable
  std::uint64_t records;
};
struct AuditLost {  // gone from Redis before they could be drained
  std::uint64_t entries;
};
struct AuditTrouble {  // the audit's files take nothing; said once when it begins, once when it
                       // ends
  std::string code;
  std::string detail;
  bool over;
};
struct MembersErased {  // nothing is left of them but tombstones
  unsigned members;
};
struct PolicyActed {        // without anybody asking
  std::string_view action;  // consent_expired, dormant_noticed, dormant_paused, erasure_begun
  unsigned members;
};
struct ClaimsStored {  // claims of one page that is durable
  PayerName payer;
  std::string_view type;  // CARIN's: pharmacy, professional, …
  std::uint32_t claims;
};
struct PayerClock {  // by the Date of an answer
  PayerName payer;
  Duration ahead;  // of ours
};
struct SinkWrote {   // one commit was carried out, or failed
  std::string code;  // of the failure; empty: it is durable
  Duration took;
};
struct TokenUnpersisted {  // the payer gave tokens that nothing took: the member must consent again
  JobId job;
  PayerName payer;
};
struct DataKeyOpened {
  bool is_under_active_key;
};
struct LoopLagged {  // how late an event loop came back to its heartbeat
  Duration late;
};
struct FilesReloaded {  // keys or secrets, that changed on disk
  std::string what;     // the configuration's key
  std::string detail;   // why it failed; empty: it is in force
  unsigned failing;     // files, this one included: those before them go on
};
struct ProcessEvent {  // started, draining, stopped, ready, leading, following
  std::string_view what;
  std::string detail;
};

using Event =
    std::variant<JobClaimed, JobSettled, RequestStarted, RequestDone, PageCommitted, EntryRejected,
                 TokenRefreshed, RateLimited, LeaseLost, WriteFenced, SweepHeld, LocalTrouble,
                 MembersReplanned, ProcessEvent, BreakerMoved, JobMalformed, EnrolmentEnded,
                 PermitsGranted, PermitUsed, QuotaRate, PayerQuiet, AuditDrained, AuditLost,
                 AuditTrouble, MembersErased, PolicyActed, GrantsStopped, CallbackAnswered,
                 ApiKeyMissing, HandlerThrew, ClaimsStored, PayerClock, SinkWrote, TokenUnpersisted,
                 DataKeyOpened, LoopLagged, FilesReloaded, JobsPoisoned>;

class Observer {
 public:
  virtual ~Observer() = default;
  // Called from any shard's thread; must not block and must not throw.
  virtual void on(const Event& event) noexcept = 0;
};

}  // namespace claimferry::telemetry
