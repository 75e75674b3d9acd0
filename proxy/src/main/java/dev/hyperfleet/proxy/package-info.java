/** Forwards HTTP and other protocols to machines' ports; docs/proxy.md describes its behaviour. */
@NullMarked
package dev.hyperfleet.proxy;

import org.jspecify.annotations.NullMarked;
