package rest

import _ "example.com/house/graph"
