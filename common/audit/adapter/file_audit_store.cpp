#include "common/audit/adapter/file_audit_store.hpp"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/use_awaitable.hpp>

namespace claimferry::audit {

awaitable<Result<Drained>> FileAuditStore::take(Batch batch) {
  auto work = take_here(std::move(batch));
  auto outcome =
      co_await boost::asio::co_spawn(thread_, std::move(work), boost::asio::use_awaitable);
  co_return std::move(*outcome);
}

awaitable<std::optional<Result<Drained>>> FileAuditStore::take_here(Batch batch) {
  co_return directory_.take(batch, clock_.wall());
}

}  // namespace claimferry::audit
