#include "tests/unit/common/claims/adapter/store_fixture.hpp"

#include <stdexcept>

#include <stdlib.h>

namespace claimferry::claims {

StoreFixture::StoreFixture() {
  std::string form = (std::filesystem::temp_directory_path() / "claimferry-store-XXXXXX").string();
  if (::mkdtemp(form.data()) == nullptr) {
    throw std::runtime_error("no folder for the test: " + form);
  }
  directory_ = form;
}

StoreFixture::~StoreFixture() {
  std::filesystem::remove_all(directory_);
}

SqliteDatabase StoreFixture::beside() const {
  return std::move(*SqliteDatabase::open(path(), std::chrono::milliseconds(1'000)));
}

std::int64_t StoreFixture::count(const std::string& table_and_condition) const {
  SqliteDatabase database = beside();
  SqliteStatement ask(database, "SELECT count(*) FROM " + table_and_condition);
  return ask.step() ? ask.integer_at(0) : -1;
}

SyncKey StoreFixture::key(const std::string& member, std::uint64_t fence) {
  const PayerName payer = *PayerName::parse("aetna");
  return {payer, {*JobId::parse("job-" + member), *MemberId::parse(member), Fence{fence}}};
}

PageCommit StoreFixture::page(const std::string& member, std::size_t bytes) {
  ParsedPage page;
  ResourceRow row;
  row.type = "ExplanationOfBenefit";
  row.id = "e1";
  row.raw = page.texts.add(std::string(bytes, 'x'));
  row.content_hash = row.change_hash = sha256(row.raw);
  page.resources.push_back(row);
  page.rows.of(TableId::claim).add(0, "");
  queue::Cursor after;
  after.resource = queue::Resource::eob;
  after.pages = 1;
  return {key(member), queue::Resource::eob, true, WallTime(), std::move(page), after};
}

}  // namespace claimferry::claims
