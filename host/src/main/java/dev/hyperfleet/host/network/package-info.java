/** Machines' networks: with TAPs and nftables, or in a user namespace of their own. */
@NullMarked
package dev.hyperfleet.host.network;

import org.jspecify.annotations.NullMarked;
