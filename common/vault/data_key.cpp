#include "common/vault/data_key.hpp"

#include <span>

#include "common/base/random.hpp"

namespace claimferry::vault {
namespace {

constexpr std::size_t id_bytes =
    6;  // twelve digits: of one member's few keys, none is like another
constexpr std::size_t id_digits = 2 * id_bytes;

Failure not_ours(Field field, const std::string& why) {
  return not_opened("a sealed " + std::string(to_string(field)) + " " + why);
}

}  // namespace

std::string_view to_string(Field field) noexcept {
  switch (field) {
    case Field::patient:
      return "patient";
    case Field::refresh_token:
      return "refresh_token";
    case Field::code_verifier:
      return "code_verifier";
    case Field::access_token:
      return "access_token";
  }
  return "unknown";
}

DataKey DataKey::random(Owner owner) {
  SystemRandom random;
  std::string bytes(key_bytes, '\0');
  random.fill(std::as_writable_bytes(std::span(bytes)));
  return {std::move(owner), Key{random.hex(id_bytes), Secret(std::move(bytes))}};
}

Secret DataKey::material() const {
  std::string text;
  text.reserve(id_digits + key_bytes);  // or growing would leave a copy behind
  text += key_.id;
  text += key_.bytes.reveal();
  return Secret(std::move(text));
}

std::optional<DataKey> DataKey::of_material(Owner owner, const Secret& material) {
  const std::string_view text = material.reveal();
  if (text.size() != id_digits + key_bytes ||
      !is_plain_name(text.substr(0, id_digits), id_digits)) {
    return std::nullopt;
  }
  return DataKey(std::move(owner), Key{std::string(text.substr(0, id_digits)),
                                       Secret(std::string(text.substr(id_digits)))});
}

std::string DataKey::seal(Field field, const Secret& plain) const {
  return seal_blob(key_, owner_, to_string(field), plain);
}

Result<Secret> DataKey::open(Field field, std::string_view blob) const {
  const auto sealed = SealedBlob::parse(blob);
  if (!sealed) {
    return not_ours(field,
                    "is not a blob of this version; add the member again with a refresh token");
  }
  if (sealed->key_id() != key_.id) {
    return not_ours(field,
                    "belongs to another data key than the member's: moved from another member, or "
                    "left over from an earlier consent");
  }
  auto plain = sealed->open(key_.bytes, owner_, to_string(field));
  if (!plain) {
    return not_ours(field, "does not open with its data key: altered, or moved from another place");
  }
  return std::move(*plain);
}

}  // namespace claimferry::vault
