/** The program that supervises VMMs, so that they outlive the server. */
@NullMarked
package dev.hyperfleet.host.shim;

import org.jspecify.annotations.NullMarked;
