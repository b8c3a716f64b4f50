// What a test may turn: modes (which truth about the payer holds) and faults (what goes wrong, and
// how often). Each lists its fields once, in visit(), for reading and writing JSON.
#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <string_view>

#include "tests/sandbox/model/connect/connect_modes.hpp"

namespace claimferry::sandbox {

enum class CoverageParam : std::uint8_t { patient, beneficiary, both };
enum class NextLink : std::uint8_t { absolute, relative, other_prefix, opaque };
enum class PayerClock : std::uint8_t { right, ahead, behind };  // by ten minutes
enum class RateLimitShape : std::uint8_t { gateway, operation_outcome };
enum class ClientRefusal : std::uint8_t { unauthorized_client, invalid_client };

// The names of an enumeration's values, in its order.
constexpr auto names_of(CoverageParam) {
  return std::to_array<std::string_view>({"patient", "beneficiary", "both"});
}
constexpr auto names_of(PayerClock) {
  return std::to_array<std::string_view>({"right", "ahead", "behind"});
}
constexpr auto names_of(NextLink) {
  return std::to_array<std::string_view>({"absolute", "relative", "other_prefix", "opaque"});
}
constexpr auto names_of(RateLimitShape) {
  return std::to_array<std::string_view>({"gateway", "operation_outcome"});
}
constexpr auto names_of(ClientRefusal) {
  return std::to_array<std::string_view>({"unauthorized_client", "invalid_client"});
}

struct Modes {
  CoverageParam coverage_param = CoverageParam::patient;
  unsigned page_size = 20;
  bool bundle_total = true;
  NextLink next_link = NextLink::absolute;
  bool other_prefix_served = true;  // whether following an other_prefix link verbatim works
  bool foreign_next_host = false;
  bool foreign_patient = false;      // each first page also holds an EOB of another member
  bool broken_entry = false;         // each first page also holds an entry without id
  bool fatal_outcome_entry = false;  // each first page also holds a fatal OperationOutcome
  bool not_a_bundle = false;         // searches answer 200 with an OperationOutcome
  bool volatile_meta = false;        // meta.lastUpdated differs each time a resource is sent
  std::string member_unknown;        // this member's resources are 404; "*": everybody's
  bool absolute_references = false;  // in claims of members enrolled from then on
  bool padded_full_urls = false;     // every id in a fullUrl, not only those that are numbers
  bool status_203_on_reads = false;
  bool resources_unsubscribed = false;  // 401 on every resource, whatever the token
  bool html_403 = false;                // the edge before the gateway denies everything
  RateLimitShape rate_limit_shape = RateLimitShape::gateway;
  bool rate_headers_uneven = false;  // each edge node counts for itself: remaining jumps
  bool refresh_grace = true;         // a spent refresh token is honoured once more, see Grants
  bool scope_required_on_refresh = false;
  ClientRefusal client_refusal = ClientRefusal::unauthorized_client;
  bool no_refresh_token_in_answer = false;  // the refresh token does not rotate
  bool no_expires_in = false;
  bool numbers_as_strings = false;  // in token answers
  unsigned access_token_lifetime_seconds = 3600;
  // Unused for so long it dies; IBM API Connect's default.
  unsigned refresh_token_lifetime_seconds = 2'682'000;
  PayerClock clock = PayerClock::right;  // what the headers Date and Retry-After say
  ConnectModes connect;

  template <class Self, class Visitor>
  static void visit(Self& self, Visitor& field) {
    field("coverage_param", self.coverage_param);
    field("page_size", self.page_size);
    field("bundle_total", self.bundle_total);
    field("next_link", self.next_link);
    field("other_prefix_served", self.other_prefix_served);
    field("foreign_next_host", self.foreign_next_host);
    field("foreign_patient", self.foreign_patient);
    field("broken_entry", self.broken_entry);
    field("fatal_outcome_entry", self.fatal_outcome_entry);
    field("not_a_bundle", self.not_a_bundle);
    field("volatile_meta", self.volatile_meta);
    field("member_unknown", self.member_unknown);
    field("absolute_references", self.absolute_references);
    field("padded_full_urls", self.padded_full_urls);
    field("status_203_on_reads", self.status_203_on_reads);
    field("resources_unsubscribed", self.resources_unsubscribed);
    field("html_403", self.html_403);
    field("rate_limit_shape", self.rate_limit_shape);
    field("clock", self.clock);
    field("rate_headers_uneven", self.rate_headers_uneven);
    field("refresh_grace", self.refresh_grace);
    field("scope_required_on_refresh", self.scope_required_on_refresh);
    field("client_refusal", self.client_refusal);
    field("no_refresh_token_in_answer", self.no_refresh_token_in_answer);
    field("no_expires_in", self.no_expires_in);
    field("numbers_as_strings", self.numbers_as_strings);
    field("access_token_lifetime_seconds", self.access_token_lifetime_seconds);
    field("refresh_token_lifetime_seconds", self.refresh_token_lifetime_seconds);
    ConnectModes::visit(self.connect, field);
  }
};

// Uniform between min and max; with a p99 beyond them, log-normal with the median in the middle of
// the two. p99 alone: the median is a tenth of it.
struct Latency {
  double min = 0;
  double max = 0;
  double p99 = 0;

  template <class Self, class Visitor>
  static void visit(Self& self, Visitor& field) {
    field("min", self.min);
    field("max", self.max);
    field("p99", self.p99);
  }
};

// What befalls the token endpoint alone. Faults of the same name leave its answers alone: a token
// that was rotated and lost costs a member, so that a test asks for it by name.
struct TokenFaults {
  double status_429 = 0;      // nothing was processed
  double invalid_grant = 0;   // nor here: a payer that lost its tokens for a while
  double status_5xx = 0;      // from here on, the tokens have rotated
  double reset = 0;           // before the answer, or anywhere inside
  double truncated_body = 0;  // a clean end before Content-Length
  double malformed_body = 0;  // complete, but no longer JSON
  double stall = 0;           // half an answer, then silence for stall_ms

  template <class Self, class Visitor>
  static void visit(Self& self, Visitor& field) {
    field("status_429", self.status_429);
    field("invalid_grant", self.invalid_grant);
    field("status_5xx", self.status_5xx);
    field("reset", self.reset);
    field("truncated_body", self.truncated_body);
    field("malformed_body", self.malformed_body);
    field("stall", self.stall);
  }
};

// Doubles are probabilities a request.
struct Faults {
  Latency latency_ms;
  bool down = false;                  // connections are accepted and closed
  double status_5xx = 0;              // 500, 502, 503 or 504; nothing was processed
  double status_429 = 0;              // beside the limit, with the limit's retry_after
  double status_503_retry_after = 0;  // of resources: nothing was processed, come back in 1 s
  double reset = 0;           // before the answer or anywhere inside; of tokens, before processing
  double truncated_body = 0;  // a clean end before Content-Length
  double malformed_body = 0;  // complete, but no longer JSON
  double stall = 0;           // half an answer, then silence for stall_ms
  unsigned stall_ms = 120'000;
  double outcome_200 = 0;           // 200 with an OperationOutcome instead of the resource
  double duplicate_entries = 0;     // the last entry of a page comes again on the next one
  double shifted_pages = 0;         // a later page begins an entry late: one slipped past it
  double expired_next_links = 0;    // a later page is 400, 404 or 410
  double expire_access_tokens = 0;  // the token dies after this page
  double drop_token_answer = 0;     // tokens rotate, and the answer is lost
  TokenFaults token;

  template <class Self, class Visitor>
  static void visit(Self& self, Visitor& field) {
    field("latency_ms", self.latency_ms);
    field("down", self.down);
    field("status_5xx", self.status_5xx);
    field("status_429", self.status_429);
    field("status_503_retry_after", self.status_503_retry_after);
    field("reset", self.reset);
    field("truncated_body", self.truncated_body);
    field("malformed_body", self.malformed_body);
    field("stall", self.stall);
    field("stall_ms", self.stall_ms);
    field("outcome_200", self.outcome_200);
    field("duplicate_entries", self.duplicate_entries);
    field("shifted_pages", self.shifted_pages);
    field("expired_next_links", self.expired_next_links);
    field("expire_access_tokens", self.expire_access_tokens);
    field("drop_token_answer", self.drop_token_answer);
    field("token", self.token);
  }
};

}  // namespace claimferry::sandbox
