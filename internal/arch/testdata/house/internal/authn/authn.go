package authn

import lift "example.com/house/internal/guard"

func Find() { lift.AsSystem() }
