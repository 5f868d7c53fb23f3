package main

import _ "example.com/house/internal/org"

func main() {}
