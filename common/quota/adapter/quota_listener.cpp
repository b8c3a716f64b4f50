#include "common/quota/adapter/quota_listener.hpp"

#include "common/base/backoff.hpp"

namespace claimferry::quota {
namespace {

constexpr Backoff reconnect{std::chrono::milliseconds(200), std::chrono::seconds(5),
                            std::chrono::milliseconds(100)};

}  // namespace

awaitable<void> QuotaListener::run() {
  while (!stopping_) {
    std::function<void()> begun = [this] {
      failures_ = 0;
      jobs_cancelled_();
    };
    std::function<void(std::string_view)> each = [this](std::string_view text) { heard(text); };
    auto ended = co_await subscriber_.listen(std::string(announcements_channel), std::move(begun),
                                             std::move(each));
    static_cast<void>(ended);
    if (!stopping_) {
      const Duration pause = reconnect.delay(++failures_, random_);
      co_await alarm_.wait(sleeper_, pause);
    }
  }
}

void QuotaListener::stop() {
  stopping_ = true;
  subscriber_.close();
  alarm_.ring();
}

void QuotaListener::heard(std::string_view text) {
  if (text == cancel_announcement) {
    jobs_cancelled_();
    return;
  }
  const auto announced = parse_announcement(text);
  PayerGate* gate = announced ? gate_of_(announced->payer) : nullptr;
  if (gate == nullptr) {
    return;
  }
  const SteadyTime now = clock_.steady();
  if (const auto* quiet = std::get_if<QuietAnnounced>(&announced->what)) {
    gate->block(now + quiet->how_long, quiet->epoch);
  } else {
    gate->breaker().note(std::get<Breaker>(announced->what), now);
  }
}

}  // namespace claimferry::quota
