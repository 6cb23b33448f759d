"""The settings of a laptop, whatever the developer's own environment says, made quick and kept apart from `var/`."""

import atexit
import os
import shutil
import tempfile
from pathlib import Path

DATABASE_URL = os.environ.get("ETOWN_TEST_DATABASE_URL", "")
FOLDER = Path(tempfile.mkdtemp(prefix="etown-tests-"))
atexit.register(shutil.rmtree, FOLDER, ignore_errors=True)

for name in [name for name in os.environ if name.startswith("ETOWN_") and not name.startswith("ETOWN_TEST_")]:
    del os.environ[name]
os.environ |= {"ETOWN_LOCAL": "true", "ETOWN_DATA_DIR": str(FOLDER), "ETOWN_DATABASE_URL": DATABASE_URL}

from etown.settings import *  # noqa: E402, F403
from etown.settings import DATABASES, REST_FRAMEWORK, STATIC_ROOT  # noqa: E402

if DATABASE_URL:
    # A connection that a server thread keeps open would stop the test database from being dropped.
    DATABASES["default"]["CONN_MAX_AGE"] = 0
else:
    # In memory, shared by the threads of one process; every pytest-xdist process has its own.
    DATABASES["default"]["NAME"] = ":memory:"

# WhiteNoise warns where the folder is missing, and here a warning is an error.
STATIC_ROOT.mkdir()
# Files are looked up when they are asked for; to list all of them for every test client takes long.
WHITENOISE_AUTOREFRESH = True
PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
REST_FRAMEWORK["DEFAULT_THROTTLE_RATES"] = dict.fromkeys(("anon", "pages", "exports"), "1000000/minute")
