#include "common/vault/sealed_blob.hpp"

#include <memory>
#include <span>

#include <openssl/evp.h>

#include "common/base/assert.hpp"
#include "common/base/encoding.hpp"
#include "common/base/random.hpp"

namespace claimferry::vault {
namespace {

constexpr char blob_version = 2;
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

std::string authenticated(std::string_view header, const Owner& owner, std::string_view field) {
  return length_prefixed({header, owner.payer.str(), owner.member.str(), field});
}

// Ciphertext, then tag.
std::string encrypt(const Secret& key, std::string_view nonce, std::string_view beside,
                    std::string_view plain) {
  const CipherContext cipher = new_context();
  std::string sealed(plain.size() + tag_bytes, '\0');
  int written = 0;
  int ignored = 0;
  const bool done =
      EVP_EncryptInit_ex(cipher.get(), EVP_aes_256_gcm(), nullptr, bytes_of(key.reveal()),
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

}  // namespace

std::string seal_blob(const Key& key, const Owner& owner, std::string_view field,
                      const Secret& plain) {
  CLAIMFERRY_ASSERT(key.bytes.reveal().size() == key_bytes);
  // Random nonces are safe for 2^32 blobs a key (NIST SP 800-38D, 8.3).
  SystemRandom random;
  std::string nonce(nonce_bytes, '\0');
  random.fill(std::as_writable_bytes(std::span(nonce)));
  const std::string header = std::string{blob_version, static_cast<char>(key.id.size())} + key.id;
  const std::string beside = authenticated(header, owner, field);
  return to_base64(header + nonce + encrypt(key.bytes, nonce, beside, plain.reveal()));
}

std::optional<SealedBlob> SealedBlob::parse(std::string_view text) {
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
  SealedBlob blob;
  blob.header_ = bytes->substr(0, nonce_at);
  blob.key_id_ = bytes->substr(2, key_id_size);
  blob.nonce_ = bytes->substr(nonce_at, nonce_bytes);
  blob.ciphertext_ = bytes->substr(ciphertext_at, tag_at - ciphertext_at);
  blob.tag_ = bytes->substr(tag_at);
  return blob;
}

std::optional<Secret> SealedBlob::open(const Secret& key, const Owner& owner,
                                       std::string_view field) const {
  const CipherContext cipher = new_context();
  const std::string beside = authenticated(header_, owner, field);
  std::string tag = tag_;  // OpenSSL takes it as writable
  std::string plain(ciphertext_.size(), '\0');
  int written = 0;
  int ignored = 0;
  const bool done = EVP_DecryptInit_ex(cipher.get(), EVP_aes_256_gcm(), nullptr,
                                       bytes_of(key.reveal()), bytes_of(nonce_)) == 1 &&
                    EVP_DecryptUpdate(cipher.get(), nullptr, &ignored, bytes_of(beside),
                                      length_of(beside)) == 1 &&
                    EVP_DecryptUpdate(cipher.get(), bytes_of(plain), &written,
                                      bytes_of(ciphertext_), length_of(ciphertext_)) == 1 &&
                    EVP_CIPHER_CTX_ctrl(cipher.get(), EVP_CTRL_GCM_SET_TAG,
                                        static_cast<int>(tag_bytes), bytes_of(tag)) == 1;
  // The tag is judged last: until then the plain text is not to be trusted, and is wiped.
  const bool authentic =
      done && EVP_DecryptFinal_ex(cipher.get(), bytes_of(plain) + written, &ignored) == 1;
  Secret secret(std::move(plain));
  if (!authentic) {
    return std::nullopt;
  }
  return secret;
}

Failure not_opened(std::string detail) {
  return {FailureKind::local, "vault_open_failed", std::move(detail)};
}

}  // namespace claimferry::vault
