/** HTTP and other bytes into machines' ports; docs/proxy.md says how it behaves. */
@NullMarked
package dev.hyperfleet.proxy;

import org.jspecify.annotations.NullMarked;
