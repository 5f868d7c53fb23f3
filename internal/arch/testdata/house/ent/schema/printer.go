package schema

import _ "example.com/house/ent"
