#include "common/queue/adapter/member_erasure.hpp"

#include "common/queue/adapter/lease_reply.hpp"
#include "common/queue/adapter/queue_scripts.hpp"

namespace claimferry::queue {

awaitable<Result<ErasureAsked>> MemberErasure::ask(ErasureRequest request) {
  std::vector<std::string> arguments{request.member.str(), std::move(request.by),
                                     std::move(request.reason), std::move(request.via),
                                     random_.hex(16)};
  const redis::Script script = QueueScripts::shared()->member_erase;
  const auto reply = co_await call_script(redis_, script, std::move(arguments));
  if (!reply) {
    co_return reply.failure();
  }
  const auto is_new = number_at(*reply, 1);
  const auto* parts = is_new ? reply->array() : nullptr;
  if (parts == nullptr || parts->size() != 3 || (*parts)[0].text() == nullptr ||
      (*parts)[2].text() == nullptr) {
    co_return unexpected_reply("member_erase");
  }
  const ErasureAsked asked{*(*parts)[0].text(), *is_new == 1, *(*parts)[2].text() == "erased"};
  co_return asked;
}

}  // namespace claimferry::queue
