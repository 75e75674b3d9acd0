/** Machines' networks: with TAPs and nftables, or in separate user namespaces. */
@NullMarked
package dev.hyperfleet.host.network;

import org.jspecify.annotations.NullMarked;
