// The second script that an embedded app is told to load. Nothing of it is used here; it must only be there.
self._zdksdk = {};
