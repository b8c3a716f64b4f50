#include "tests/sandbox/model/connect/login_pages.hpp"

#include <string>

#include "tests/sandbox/model/connect/html.hpp"
#include "tests/sandbox/model/connect/scopes.hpp"

namespace claimferry::sandbox {
namespace {

std::string form_begin(std::string_view action, const PendingRequest& pending,
                       std::string_view form_token) {
  std::string form = "<form method=\"post\" action=\"";
  form.append(action).append("\">\n<input type=\"hidden\" name=\"request\" value=\"");
  form.append(pending.id).append("\">\n<input type=\"hidden\" name=\"form_token\" value=\"");
  return form.append(form_token).append("\">\n");
}

std::string error_text(std::string_view what) {
  return "<p id=\"error\" role=\"alert\">" + escape_html(what) + "</p>\n";
}

}  // namespace

Answer login_page(const PendingRequest& pending, std::string_view username,
                  std::string_view mistake) {
  std::string content = mistake.empty() ? "" : error_text(mistake);
  content += form_begin(login_path, pending, pending.login_token);
  content += R"(<p><label for="username">User name</label>
<input id="username" name="username" autocomplete="username" value=")" +
             escape_html(username) + R"("></p>
<p><label for="password">Password</label>
<input id="password" name="password" type="password" autocomplete="current-password"></p>
<p><button id="login" type="submit">Log in</button></p>
</form>
)";
  return html_answer(200, html_document("Log in to your member account", content));
}

Answer consent_page(const PendingRequest& pending) {
  std::string content = "<p>The app <strong id=\"app\">" + escape_html(pending.request.client_id) +
                        "</strong> asks to:</p>\n<ul id=\"scopes\">\n";
  for (const std::string_view scope : split_scopes(pending.request.scope)) {
    content.append("<li>").append(escape_html(meaning_of(scope).value_or(scope)));
    content.append(" <code>").append(escape_html(scope)).append("</code></li>\n");
  }
  content += "</ul>\n" + form_begin(consent_path, pending, pending.consent_token);
  content += R"(<p><button id="allow" name="decision" value="allow">Allow</button>
<button id="deny" name="decision" value="deny">Deny</button></p>
</form>
)";
  return html_answer(200, html_document("Share your records", content));
}

Answer error_page(std::string_view what) {
  return html_answer(400, html_document("This request cannot go on", error_text(what)));
}

}  // namespace claimferry::sandbox
