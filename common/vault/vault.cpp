#include "common/vault/vault.hpp"

#include <array>
#include <memory>
#include <optional>
#include <span>
#include <stdexcept>

#include <openssl/evp.h>
#include <openssl/hmac.h>

#include "common/base/assert.hpp"
#include "common/base/encoding.hpp"
#include "common/base/random.hpp"

namespace claimferry::vault {
namespace {

constexpr char blob_version = 1;
constexpr std::size_t nonce_bytes = 12;
constexpr std::size_t tag_bytes = 16;

using CipherContext = std::unique_ptr<EVP_CIPHER_CTX, decltype(&EVP_CIPHER_CTX_free)>;

CipherContext new_context() {
  CipherContext context(EVP_CIPHER_CTX_new(), &EVP_CIPHER_CTX_free);
  CLAIMFERRY_ASSERT(context != nullptr);
  return context;
}

const unsigned char* bytes_of(std::string_view text) {
  return reinterpret_cast<const unsigned char*>(text.data());
}
unsigned char* bytes_of(std::string& text) {
  return reinterpret_cast<unsigned char*>(text.data());
}
int length_of(std::string_view text) {
  return static_cast<int>(text.size());
}

// Each part behind its length: no two contexts have the same text.
std::string authenticated(std::string_view header, const Context& context) {
  std::string text;
  for (const std::string_view part :
       {header, std::string_view(context.payer.str()), std::string_view(context.member.str()),
        std::string_view(context.field)}) {
    text += std::to_string(part.size());
    text += ':';
    text += part;
  }
  return text;
}

std::string header_of(const Key& key) {
  return std::string{blob_version, static_cast<char>(key.id.size())} + key.id;
}

struct Blob {
  std::string header;
  std::string key_id;
  std::string nonce;
  std::string ciphertext;
  std::string tag;
};

std::optional<Blob> parse_blob(std::string_view text) {
  const auto bytes = from_base64(text);
  if (!bytes || bytes->size() < 2 || bytes->front() != blob_version) {
    return std::nullopt;
  }
  const std::size_t key_id_size = static_cast<unsigned char>((*bytes)[1]);
  const std::size_t nonce_at = 2 + key_id_size;
  if (bytes->size() < nonce_at + nonce_bytes + tag_bytes) {
    return std::nullopt;
  }
  const std::size_t ciphertext_at = nonce_at + nonce_bytes;
  const std::size_t tag_at = bytes->size() - tag_bytes;
  return Blob{bytes->substr(0, nonce_at), bytes->substr(2, key_id_size),
              bytes->substr(nonce_at, nonce_bytes),
              bytes->substr(ciphertext_at, tag_at - ciphertext_at), bytes->substr(tag_at)};
}

// Ciphertext, then tag.
std::string encrypt(const Key& key, std::string_view nonce, std::string_view beside,
                    std::string_view plain) {
  const CipherContext cipher = new_context();
  std::string sealed(plain.size() + tag_bytes, '\0');
  int written = 0;
  int ignored = 0;
  const bool done =
      EVP_EncryptInit_ex(cipher.get(), EVP_aes_256_gcm(), nullptr, bytes_of(key.bytes.reveal()),
                         bytes_of(nonce)) == 1 &&
      EVP_EncryptUpdate(cipher.get(), nullptr, &ignored, bytes_of(beside), length_of(beside)) ==
          1 &&
      EVP_EncryptUpdate(cipher.get(), bytes_of(sealed), &written, bytes_of(plain),
                        length_of(plain)) == 1 &&
      EVP_EncryptFinal_ex(cipher.get(), bytes_of(sealed) + written, &ignored) == 1 &&
      EVP_CIPHER_CTX_ctrl(cipher.get(), EVP_CTRL_GCM_GET_TAG, static_cast<int>(tag_bytes),
                          bytes_of(sealed) + plain.size()) == 1;
  CLAIMFERRY_ASSERT(done);
  return sealed;
}

std::optional<Secret> decrypt(const Key& key, Blob& blob, std::string_view beside) {
  const CipherContext cipher = new_context();
  std::string plain(blob.ciphertext.size(), '\0');
  int written = 0;
  int ignored = 0;
  const bool done = EVP_DecryptInit_ex(cipher.get(), EVP_aes_256_gcm(), nullptr,
                                       bytes_of(key.bytes.reveal()), bytes_of(blob.nonce)) == 1 &&
                    EVP_DecryptUpdate(cipher.get(), nullptr, &ignored, bytes_of(beside),
                                      length_of(beside)) == 1 &&
                    EVP_DecryptUpdate(cipher.get(), bytes_of(plain), &written,
                                      bytes_of(blob.ciphertext), length_of(blob.ciphertext)) == 1 &&
                    EVP_CIPHER_CTX_ctrl(cipher.get(), EVP_CTRL_GCM_SET_TAG,
                                        static_cast<int>(tag_bytes), bytes_of(blob.tag)) == 1;
  // The tag is judged last: until then the plain text is not to be trusted, and is wiped.
  const bool authentic =
      done && EVP_DecryptFinal_ex(cipher.get(), bytes_of(plain) + written, &ignored) == 1;
  Secret secret(std::move(plain));
  if (!authentic) {
    return std::nullopt;
  }
  return secret;
}

std::string seal_with(const Key& key, const Context& context, const Secret& plain) {
  // Random nonces are safe for 2^32 blobs a key (NIST SP 800-38D, 8.3).
  SystemRandom random;
  std::string nonce(nonce_bytes, '\0');
  random.fill(std::as_writable_bytes(std::span(nonce)));
  const std::string header = header_of(key);
  const std::string beside = authenticated(header, context);
  return to_base64(header + nonce + encrypt(key, nonce, beside, plain.reveal()));
}

// Another label than a seal's, so that a key's two uses never meet.
std::string fingerprint_with(const Key& key, const Context& context, const Secret& plain) {
  const Secret message(authenticated("fingerprint", context) + std::string(plain.reveal()));
  std::string digest(EVP_MAX_MD_SIZE, '\0');
  unsigned length = 0;
  const auto* made =
      HMAC(EVP_sha256(), key.bytes.reveal().data(), static_cast<int>(key_bytes),
           bytes_of(message.reveal()), message.reveal().size(), bytes_of(digest), &length);
  CLAIMFERRY_ASSERT(made != nullptr);
  return key.id + ':' + to_hex(std::string_view(digest).substr(0, length));
}

Failure not_opened(std::string detail) {
  return {FailureKind::local, "vault_open_failed", std::move(detail)};
}

}  // namespace

Vault::Vault(KeyRing keys) : keys_(std::move(keys)) {
  const Context context{*PayerName::parse("self-test"), *MemberId::parse("self-test"), "probe"};
  const Secret probe("sealed and opened again");
  for (const Key& key : keys_.keys()) {
    const std::string blob = seal_with(key, context, probe);
    const auto opened = open(context, blob);
    if (!opened || !(*opened == probe)) {
      throw std::runtime_error("the vault's self-test failed with key " + key.id +
                               ": AES-256-GCM does not work here; check the OpenSSL installation");
    }
  }
}

std::string Vault::seal(const Context& context, const Secret& plain) const {
  return seal_with(keys_.active(), context, plain);
}

Result<Secret> Vault::open(const Context& context, std::string_view blob) const {
  auto parsed = parse_blob(blob);
  if (!parsed) {
    return not_opened("a sealed " + context.field +
                      " is not a blob of this vault; add the member "
                      "again with a refresh token");
  }
  const Key* key = keys_.find(parsed->key_id);
  if (key == nullptr) {
    const std::string id = is_plain_name(parsed->key_id, 32) ? parsed->key_id : "(unreadable)";
    return not_opened("a " + context.field + " is sealed with key " + id +
                      ", which vault.key_file does not hold; put the key back");
  }
  const std::string beside = authenticated(parsed->header, context);
  auto plain = decrypt(*key, *parsed, beside);
  if (!plain) {
    return not_opened("a sealed " + context.field + " does not open with its key " + key->id +
                      ": altered, moved from another place, or the key's bytes were replaced");
  }
  return std::move(*plain);
}

std::vector<std::string> Vault::fingerprints(const Context& context, const Secret& plain) const {
  std::vector<std::string> prints{fingerprint_with(keys_.active(), context, plain)};
  for (const Key& key : keys_.keys()) {
    if (&key != &keys_.active()) {
      prints.push_back(fingerprint_with(key, context, plain));
    }
  }
  return prints;
}

std::string Vault::key_id(std::string_view blob) {
  const auto parsed = parse_blob(blob);
  return parsed ? parsed->key_id : std::string();
}

}  // namespace claimferry::vault
