#!/usr/bin/env bash
# Run once by the image, when the database is made: a user each program, with the roles that `claimferry db migrate`
# fills with rights afterwards. Passwords are hexadecimal, so that nothing in them needs quoting.
set -euo pipefail

passwords=${CLAIMFERRY_PASSWORDS:-/run/postgres/passwords}
psql=(psql -v ON_ERROR_STOP=1 --username "$POSTGRES_USER" --dbname "$POSTGRES_DB")

"${psql[@]}" <<'SQL'
CREATE ROLE claimferry_worker NOLOGIN;
CREATE ROLE claimferry_enroller NOLOGIN;
SQL
for user in worker scheduler enroll; do
  role=claimferry_enroller
  [[ $user == worker ]] && role=claimferry_worker
  password=$(<"$passwords/$user.password")
  [[ $password =~ ^[0-9a-f]+$ ]] || { echo "users.sh: the password of $user is not hexadecimal" >&2; exit 1; }
  "${psql[@]}" <<SQL
CREATE ROLE $user LOGIN PASSWORD '$password';
GRANT $role TO $user;
SQL
done
