#include "common/vault/vault.hpp"

#include <stdexcept>

namespace claimferry::vault {
namespace {

constexpr std::string_view field = "data_key";  // beside those of Field: no blob fits both
constexpr std::size_t key_id_bytes_max = 32;

}  // namespace

Result<DataKey> Vault::unwrap_with(const KeyRing& keys, const Owner& owner,
                                   std::string_view wrapped) {
  if (wrapped.empty()) {
    return not_opened(
        "the member has no data key: its tokens are of an earlier build, or its erasure is under "
        "way; else add it again with a refresh token");
  }
  const auto blob = SealedBlob::parse(wrapped);
  if (!blob) {
    return not_opened(
        "a data key is not a blob of this version; add the member again with a refresh token");
  }
  const Key* key = keys.find(blob->key_id());
  if (key == nullptr) {
    const bool is_legible = is_plain_name(blob->key_id(), key_id_bytes_max);
    return not_opened("a data key is wrapped with key " +
                      (is_legible ? blob->key_id() : "(unreadable)") +
                      ", which vault.key_file does not hold; put the key back");
  }
  const auto material = blob->open(key->bytes, owner, field);
  auto data_key = material ? DataKey::of_material(owner, *material) : std::nullopt;
  if (!data_key) {
    return not_opened("a data key does not open with its key " + key->id +
                      ": altered, moved from another member, or the key's bytes were replaced");
  }
  return std::move(*data_key);
}

// Throws where sealing does not work.
std::shared_ptr<const KeyRing> Vault::tested(KeyRing keys) {
  const Owner nobody{*PayerName::parse("self-test"), *MemberId::parse("self-test")};
  const Secret probe("sealed and opened again");
  for (const Key& key : keys.keys()) {
    const DataKey made = DataKey::random(nobody);
    const std::string sealed = made.seal(Field::patient, probe);
    const auto unwrapped =
        unwrap_with(keys, nobody, seal_blob(key, nobody, field, made.material()));
    const auto opened =
        unwrapped ? unwrapped->open(Field::patient, sealed) : Result<Secret>(unwrapped.failure());
    if (!opened || !(*opened == probe)) {
      throw std::runtime_error("the vault's self-test failed with key " + key.id +
                               ": AES-256-GCM does not work here; check the OpenSSL installation");
    }
  }
  return std::make_shared<const KeyRing>(std::move(keys));
}

Vault::Vault(KeyRing keys) : keys_(tested(std::move(keys))) {}

void Vault::replace(KeyRing keys) {
  auto fit = tested(std::move(keys));
  const std::lock_guard lock(mutex_);
  keys_ = std::move(fit);
}

std::shared_ptr<const KeyRing> Vault::keys() const {
  const std::lock_guard lock(mutex_);
  return keys_;
}

NewDataKey Vault::new_data_key(const Owner& owner) const {
  DataKey key = DataKey::random(owner);
  std::string wrapped = seal_blob(keys()->active(), owner, field, key.material());
  return {std::move(key), std::move(wrapped)};
}

Result<DataKey> Vault::unwrap(const Owner& owner, std::string_view wrapped) const {
  return unwrap_with(*keys(), owner, wrapped);
}

Result<std::optional<std::string>> Vault::rewrap(const Owner& owner,
                                                 std::string_view wrapped) const {
  const auto held = keys();
  const auto key = unwrap_with(*held, owner, wrapped);
  if (!key) {
    return key.failure();
  }
  if (key_id(wrapped) == held->active().id) {
    return std::optional<std::string>();
  }
  return std::optional(seal_blob(held->active(), owner, field, key->material()));
}

std::string Vault::key_id(std::string_view wrapped) {
  const auto blob = SealedBlob::parse(wrapped);
  return blob ? blob->key_id() : std::string();
}

}  // namespace claimferry::vault
