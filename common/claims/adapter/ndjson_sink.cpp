#include "common/claims/adapter/ndjson_sink.hpp"

#include "common/claims/adapter/on_writer.hpp"

namespace claimferry::claims {

class NdjsonWriter final : public StoreWriter<NdjsonStore> {
 public:
  NdjsonWriter(NdjsonOptions options, const Clock& clock, SegmentDisk& disk)
      : StoreWriter("ndjson-writer", [options = std::move(options), &clock, &disk] {
          return NdjsonStore::open(options, clock, disk);
        }) {}
};

namespace {

template <class T>
using Work = StoreWork<NdjsonStore, T>;

}  // namespace

NdjsonSink::NdjsonSink(NdjsonOptions options, const Clock& clock)
    : clock_(clock),
      writer_(std::make_unique<NdjsonWriter>(std::move(options), clock, own_disk_)) {}

NdjsonSink::NdjsonSink(NdjsonOptions options, const Clock& clock, SegmentDisk& disk)
    : clock_(clock), writer_(std::make_unique<NdjsonWriter>(std::move(options), clock, disk)) {}

NdjsonSink::~NdjsonSink() = default;

awaitable<Result<void>> NdjsonSink::open() {
  Work<void> work = [](NdjsonStore&) { return Result<void>(); };
  co_return co_await on_writer(*writer_, std::move(work));
}

awaitable<Result<std::optional<queue::Cursor>>> NdjsonSink::resume(SyncKey key) {
  Work<std::optional<queue::Cursor>> work = [key](NdjsonStore& store) { return store.resume(key); };
  co_return co_await on_writer(*writer_, std::move(work));
}

awaitable<Result<CommitReport>> NdjsonSink::commit(PageCommit commit) {
  // Shared, because std::function wants to copy; the page itself never is.
  auto shared = std::make_shared<PageCommit>(std::move(commit));
  Work<CommitReport> work = [shared](NdjsonStore& store) { return store.commit(*shared); };
  co_return co_await on_writer(*writer_, std::move(work));
}

awaitable<Result<void>> NdjsonSink::quarantine_page(BadPage page) {
  auto shared = std::make_shared<BadPage>(std::move(page));
  Work<void> work = [shared](NdjsonStore& store) { return store.quarantine_page(*shared); };
  co_return co_await on_writer(*writer_, std::move(work));
}

awaitable<Result<CloseReport>> NdjsonSink::close(SyncClose close) {
  Work<CloseReport> work = [close](NdjsonStore& store) { return store.close(close); };
  co_return co_await on_writer(*writer_, std::move(work));
}

awaitable<Result<void>> NdjsonSink::erase(SyncKey key) {
  const WallTime at = clock_.wall();
  Work<void> work = [key, at](NdjsonStore& store) { return store.erase(key, at); };
  Work<void> afterwards = [key](NdjsonStore& store) { return store.clear_member(key); };
  co_return co_await on_writer(*writer_, std::move(work), std::move(afterwards));
}

}  // namespace claimferry::claims
