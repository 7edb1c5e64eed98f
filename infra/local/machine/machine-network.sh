#!/bin/sh
# Runs inside a machine, first thing in a boot: an address does not have to wait for a network manager.
# The file network.conf beside it holds two lines: address/prefix, then gateway.
set -eu

{ read -r address && read -r gateway; } <"$(dirname "$0")/network.conf"
ip link set dev host0 up
ip address replace "$address" dev host0
ip route replace default via "$gateway"
