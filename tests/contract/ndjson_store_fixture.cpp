#include "tests/contract/ndjson_store_fixture.hpp"

#include <stdexcept>

#include <stdlib.h>
#include <sys/wait.h>

namespace claimferry::claims {

std::string content_of(const std::string& word, std::size_t bytes) {
  return "{\"word\":\"" + word + std::string(bytes, '.') + "\"}";
}

NdjsonStoreFixture::NdjsonStoreFixture() {
  std::string form = (std::filesystem::temp_directory_path() / "claimferry-lake-XXXXXX").string();
  if (::mkdtemp(form.data()) == nullptr) {
    throw std::runtime_error("no folder for the test: " + form);
  }
  directory_ = form;
}

NdjsonStoreFixture::~NdjsonStoreFixture() {
  std::filesystem::remove_all(directory_);
}

std::unique_ptr<NdjsonStore> NdjsonStoreFixture::open(SegmentDisk& disk, NdjsonOptions options) {
  auto store = NdjsonStore::open(std::move(options), clock_, disk);
  EXPECT_TRUE(store.ok()) << store.failure().detail;
  return store ? std::move(*store) : nullptr;
}

Result<void> NdjsonStoreFixture::transact(NdjsonStore& store,
                                          const std::function<Result<void>(NdjsonStore&)>& work) {
  if (auto begun = store.begin(); !begun) {
    return begun;
  }
  auto done = store.savepoint();
  if (done) {
    done = work(store);
  }
  if (done) {
    done = store.release();
  }
  if (done) {
    done = store.commit_transaction();
  }
  if (!done) {
    store.roll_back();
  }
  return done;
}

SyncKey NdjsonStoreFixture::key(const std::string& member, const std::string& job,
                                std::uint64_t fence) {
  return {*PayerName::parse("aetna"), {*JobId::parse(job), *MemberId::parse(member), Fence{fence}}};
}

Result<CommitReport> NdjsonStoreFixture::commit(NdjsonStore& store, const SyncKey& to,
                                                const LakeClaims& claims, unsigned number,
                                                bool sweep) {
  ParsedPage page;
  for (const auto& [id, content] : claims) {
    ResourceRow row;
    row.type = "ExplanationOfBenefit";
    row.id = page.texts.add(id);
    row.raw = page.texts.add(content);
    row.content_hash = row.change_hash = sha256(row.raw);
    page.resources.push_back(row);
  }
  queue::Cursor after;
  after.resource = queue::Resource::eob;
  after.pages = number;
  after.next_url = "https://payer/next";
  const PageCommit commit{to, queue::Resource::eob, sweep, clock_.wall(), std::move(page), after};
  Result<CommitReport> report = CommitReport();
  const auto done = transact(store, [&](NdjsonStore& in) -> Result<void> {
    report = in.commit(commit);
    return report ? Result<void>() : Result<void>(report.failure());
  });
  return done ? report : Result<CommitReport>(done.failure());
}

Result<CloseReport> NdjsonStoreFixture::close(NdjsonStore& store, const SyncKey& of) {
  Result<CloseReport> report = CloseReport();
  const auto done = transact(store, [&](NdjsonStore& in) -> Result<void> {
    report = in.close({of, true, clock_.wall(), true, true});
    return report ? Result<void>() : Result<void>(report.failure());
  });
  return done ? report : Result<CloseReport>(done.failure());
}

Result<void> NdjsonStoreFixture::erase(NdjsonStore& store, const std::string& member,
                                       std::uint64_t fence) {
  const SyncKey of = key(member, "erase", fence);
  auto done = transact(store, [&](NdjsonStore& in) { return in.erase(of, clock_.wall()); });
  return done ? store.clear_member(of) : done;
}

std::uint64_t NdjsonStoreFixture::pages_of(NdjsonStore& store, const SyncKey& key) {
  const auto cursor = store.resume(key);
  EXPECT_TRUE(cursor.ok());
  return cursor && *cursor ? (*cursor)->pages : 0;
}

LakeClaims NdjsonStoreFixture::standing(const std::string& member) const {
  LakeClaims claims;
  for (const auto& line : sandbox::standing(sandbox::read_segments(lake()))) {
    if (line.member == member) {
      EXPECT_EQ(to_hex(sha256(line.raw)), line.sha256) << line.id;
      claims.emplace_back(line.id, line.raw);
    }
  }
  return claims;
}

std::size_t NdjsonStoreFixture::files(std::string_view ending) const {
  std::size_t count = 0;
  for (const auto& entry : std::filesystem::directory_iterator(lake())) {
    count += entry.path().extension() == ending ? 1 : 0;
  }
  return count;
}

bool NdjsonStoreFixture::dies(const std::function<void()>& child) {
  const pid_t id = ::fork();
  if (id == 0) {
    child();
    ::_exit(0);
  }
  int status = 0;
  if (::waitpid(id, &status, 0) != id) {
    throw std::runtime_error("no child to wait for");
  }
  if (WIFEXITED(status)) {
    EXPECT_EQ(WEXITSTATUS(status), 0);
    return false;
  }
  return true;
}

}  // namespace claimferry::claims
