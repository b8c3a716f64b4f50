#include "scheduler/ctl/doctor/payer_trouble.hpp"

#include <array>

#include "common/fhir/classify.hpp"

namespace claimferry::ctl {
namespace {

struct Cause {
  std::string_view code;  // of the failure
  std::string_view what;  // beside its detail
  std::string_view fix;   // "@" stands for the setting
};

constexpr auto causes = std::to_array<Cause>({
    {"dns_failed", "the payer's host name is not found",
     "correct the host in @, or this host's name server and network policy (port 53)"},
    {"connect_failed", "the payer cannot be reached",
     "correct host and port in @, and let this host through to them: firewall, network policy, "
     "proxy; if others do not reach it either, the payer is away: ask again later"},
    {tls_untrusted, "the payer's certificate is not trusted here",
     "install ca-certificates, or name the payer's own anchors in ca_file; a proxy that opens TLS "
     "on the way shows the same"},
    {tls_wrong_host, "the payer's certificate is another host's",
     "correct the host in @: its name must stand in the certificate; a proxy or a wrong address in "
     "/etc/hosts shows the same"},
    {tls_out_of_date, "the payer's certificate is out of date",
     "look at this host's clock; if it is right, tell the payer"},
    {"tls_failed", "there is no TLS with the payer",
     "correct the port in @: it must speak TLS 1.2 or later; a proxy on the way shows the same"},
    {"timeout", "the payer takes the question and does not answer",
     "ask again later; if it lasts, ask the payer, and look at proxies on the way"},
    {"connection_lost", "the payer is away: it ends the connection without a whole answer",
     "ask again later; if it lasts, ask the payer, and look at proxies on the way"},
    {"connection_stale", "the payer is away: it ends the connection without a whole answer",
     "ask again later; if it lasts, ask the payer, and look at proxies on the way"},
});

std::string named(std::string_view fix, const std::string& setting) {
  std::string text(fix);
  if (const auto at = text.find('@'); at != std::string::npos) {
    text.replace(at, 1, setting);
  }
  return text;
}

Finding unreachable(const std::string& link, const Failure& failure, const std::string& setting) {
  for (const Cause& cause : causes) {
    if (cause.code == failure.code) {
      return bad(link, std::string(cause.what) + ": " + failure.detail, named(cause.fix, setting));
    }
  }
  return bad(link, failure.detail,
             "correct " + setting +
                 ": what is there does not speak HTTP as "
                 "a payer does");
}

}  // namespace

std::optional<Finding> of_trouble(const std::string& link, const Answered& answered,
                                  const std::string& setting) {
  if (!answered) {
    return unreachable(link, answered.failure(), setting);
  }
  // The endpoint plays no part in what is asked of the failure here.
  const auto failure = fhir::classify(*answered, {fhir::Endpoint::patient, false, WallTime{}});
  if (!failure) {
    return std::nullopt;
  }
  const std::string status = std::to_string(answered->status);
  if (failure->kind == FailureKind::rate_limited) {
    return doubtful(link, "the payer asks for quiet (" + status + ")",
                    "ask again in a few minutes; claimferry quota shows what the fleet makes of "
                    "its limit");
  }
  if (failure->code == "edge_denied") {
    return bad(link,
               "the payer's edge denies this host (" + status +
                   " without the gateway's JSON): nothing behind it was asked",
               "no setting of ours is at fault: ask the payer whether it denies this address or "
               "country, or go out by another one; it may pass by itself");
  }
  if (failure->kind == FailureKind::retryable) {
    return doubtful(link, "the payer is down: it answers " + status,
                    "nothing here is at fault: ask again later; the fleet waits by itself");
  }
  return std::nullopt;
}

}  // namespace claimferry::ctl
