/** Tests of a real server, with real machines, through the public API. */
@NullMarked
package dev.hyperfleet.tests;

import org.jspecify.annotations.NullMarked;
