#include "tests/bench/queue_work.hpp"

#include <cstdio>

namespace claimferry::bench {
namespace {

using namespace std::chrono_literals;

const PayerName& payer() {
  static const PayerName name = PayerName::parse("aetna-sandbox").value();
  return name;
}

// The vault adds a key's id, a nonce and a tag to what it seals.
constexpr std::size_t sealed_patient_bytes = 76;
constexpr std::size_t sealed_token_bytes = 140;
constexpr std::size_t fingerprint_bytes = 64;
constexpr std::size_t wrapped_key_bytes = 112;

}  // namespace

MemberId member_numbered(std::size_t number) {
  char text[16];
  std::snprintf(text, sizeof text, "M%011zu", number);
  return MemberId::parse(text).value();
}

queue::SealedMember sealed_member(std::size_t number) {
  return {member_numbered(number),
          payer(),
          std::string(sealed_patient_bytes, 'p'),
          std::string(sealed_token_bytes, 't'),
          std::string(fingerprint_bytes, 'f'),
          std::string(wrapped_key_bytes, 'k')};
}

queue::ClaimRequest claim_request(const WorkerId& worker, unsigned free) {
  return {worker, free, 30s, {{payer(), 1'000'000}}};
}

awaitable<Result<queue::JobQueue::Enqueued>> enqueue_routine(queue::JobQueue& queue,
                                                             MemberId member) {
  using std::chrono::year;
  const queue::Window window{std::chrono::sys_days(year(2024) / 11 / 24), std::nullopt};
  return queue.enqueue(std::move(member), queue::JobKind::sync, window, queue::Lane::routine);
}

awaitable<Result<void>> finish(queue::JobQueue& queue, queue::JobRef job) {
  const queue::MemberUpdate member{24h};
  return queue.settle(std::move(job), queue::Settlement(), member);
}

}  // namespace claimferry::bench
