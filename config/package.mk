# What belongs to an installation: manual pages, completion, the tarball, the
# Debian package, the unit and the manifests.  Included from the Makefile.

# The day of the sources; the files of a tarball have that of their commit.
EPOCH = $(or $(SOURCE_DATE_EPOCH),$(shell git log -1 --format=%ct 2>/dev/null || stat -c %Y include/lethe.h))

# ---- manual pages: of the commands by the binary, the others from docs/

MAN_DATE = $(shell LC_ALL=C date -u -d @$(EPOCH) '+%B %-d, %Y')
MAN_PAGES := build/man/man1/lethe.1 build/man/man5/lethe.yaml.5 \
	build/man/man5/lethe-policy.5

man: $(MAN_PAGES) ## the manual pages, in build/man

build/man/man1/lethe.1: $(BINARY)
	$(Q)mkdir -p $(@D)
	$(Q)$(BINARY) help --mdoc "$(MAN_DATE)" > $@

build/man/man5/lethe.yaml.5: docs/operations.md config/man.awk
	$(Q)mkdir -p $(@D)
	$(Q)awk -v page=lethe.yaml -v what="settings of lethe" \
		-v date="$(MAN_DATE)" -v part=Settings \
		-v also="lethe 1, lethe-policy 5" -f config/man.awk $< > $@

build/man/man5/lethe-policy.5: docs/policy.md config/man.awk
	$(Q)mkdir -p $(@D)
	$(Q)awk -v page=lethe-policy -v what="what may leave, for whom and why" \
		-v date="$(MAN_DATE)" -v also="lethe 1, lethe.yaml 5" \
		-f config/man.awk $< > $@

TEST_PARTS += test-man

test-man: build man ## the manual pages are clean, and nothing is missing in them
	$(Q)python3 tests/packaging/test_man.py --lethe $(BINARY) --pages build/man

.PHONY: man test-man

# ---- completion, of the table of commands

COMPLETIONS := build/completion/bash build/completion/zsh build/completion/fish

completion: $(COMPLETIONS)

$(COMPLETIONS): build/completion/%: $(BINARY)
	$(Q)mkdir -p $(@D)
	$(Q)$(BINARY) completion $* > $@

TEST_PARTS += test-completion

test-completion: build ## what bash, zsh and fish offer, where they are installed
	$(Q)python3 tests/packaging/test_completion.py --lethe $(BINARY)

.PHONY: completion test-completion

# ---- installed beside the program

SHARE = $(DESTDIR)$(PREFIX)/share
# Debian's zsh looks for those of packages in /usr/share/zsh/vendor-completions.
ZSH_DIR = $(PREFIX)/share/zsh/site-functions
BASH_COMPLETION = $(SHARE)/bash-completion/completions/lethe
ZSH_COMPLETION = $(DESTDIR)$(ZSH_DIR)/_lethe
FISH_COMPLETION = $(SHARE)/fish/vendor_completions.d/lethe.fish

install: install-share
uninstall: uninstall-share

install-share: build man completion
	install -d "$(SHARE)/man/man1" "$(SHARE)/man/man5"
	install -m 644 $(filter %.1,$(MAN_PAGES)) "$(SHARE)/man/man1/"
	install -m 644 $(filter %.5,$(MAN_PAGES)) "$(SHARE)/man/man5/"
	install -D -m 644 build/completion/bash "$(BASH_COMPLETION)"
	install -D -m 644 build/completion/zsh "$(ZSH_COMPLETION)"
	install -D -m 644 build/completion/fish "$(FISH_COMPLETION)"

uninstall-share:
	rm -f $(MAN_PAGES:build/%="$(SHARE)/%") "$(BASH_COMPLETION)" \
		"$(ZSH_COMPLETION)" "$(FISH_COMPLETION)"

TEST_PARTS += test-install

test-install: all ## installs into a folder whose name has spaces, and takes it away again
	$(Q)python3 tests/packaging/test_install.py

.PHONY: install-share uninstall-share test-install

# ---- the tarball: of the last commit, the same bytes each time

DIST := build/lethe-$(VERSION).tar.gz

# Settings of the user's git that would change its bytes.
DIST_GIT := git -c tar.umask=0002 -c core.autocrlf=false

dist: ## build/lethe-VERSION.tar.gz, of the last commit
	$(Q)git rev-parse -q --verify HEAD >/dev/null || \
		{ echo "make dist: this is no clone of the repository"; exit 1; }
	$(Q)git diff --quiet HEAD || \
		echo "make dist: of the last commit; what is not committed is not in it"
	$(Q)mkdir -p $(dir $(DIST))
	$(Q)$(DIST_GIT) archive --format=tar --prefix=lethe-$(VERSION)/ HEAD | gzip -9n > $(DIST)
	@echo "  DIST  $(DIST)"

.PHONY: dist

# ---- systemd: one unit is written, the template is made of it

UNITS := config/systemd/lethe.service build/systemd/lethe@.service

build/systemd/lethe@.service: config/systemd/lethe.service
	$(Q)mkdir -p $(@D)
	$(Q)sed -e '1,3d' -e 's|^Description=lethe:|Description=lethe %i:|' \
		-e 's|/etc/lethe/lethe\.yaml|/etc/lethe/%i.yaml|' $< > $@

TEST_PARTS += test-unit

test-unit: build $(UNITS) ## the systemd units: verify, exposure, what they say of lethe
	$(Q)python3 tests/packaging/test_unit.py --lethe $(BINARY) $(UNITS)

.PHONY: test-unit

# ---- Kubernetes: the manifests against the published schemas

MANIFESTS := $(sort $(wildcard config/kubernetes/*.yaml))
SCHEMAS := build/venv/kubernetes-validate

# Two parts of the tests may want it at once: one makes it, the other waits.
$(SCHEMAS)/ready:
	$(Q)mkdir -p $(dir $(SCHEMAS))
	$(Q)flock $(dir $(SCHEMAS)) sh -ec 'test ! -e $@ || exit 0; \
		python3 -m venv $(SCHEMAS); \
		$(SCHEMAS)/bin/pip install -q --disable-pip-version-check kubernetes-validate==1.33.1; \
		touch $@' || \
		{ echo "the schemas of Kubernetes are in PyPI's kubernetes-validate, which could not be had"; exit 1; }

TEST_PARTS += test-manifests

test-manifests: build $(SCHEMAS)/ready ## the Kubernetes manifests fit the published schemas
	$(Q)$(SCHEMAS)/bin/python tests/packaging/test_manifests.py --lethe $(BINARY) $(MANIFESTS)

TEST_PARTS += test-compose

test-compose: build $(SCHEMAS)/ready ## the compose file: what it mounts and says of lethe is so
	$(Q)$(SCHEMAS)/bin/python tests/packaging/test_compose.py --lethe $(BINARY)

test-image: $(SCHEMAS)/ready ## builds docker/Dockerfile without an engine and starts it as compose would (root)
	$(Q)config/install-packages image broker
	$(Q)PYTHON=$(SCHEMAS)/bin/python tests/image.sh

.PHONY: test-manifests test-compose test-image

# ---- the Debian package: config/debian in an unpacked tarball

MAINTAINER ?= lethe maintainers <maintainers@lethe.example>

deb: dist ## build/deb/lethe_VERSION_ARCH.deb, looked at by lintian
	$(Q)config/install-packages build package
	$(Q)config/deb $(DIST) $(VERSION) $(shell git log -1 --format=%ct) "$(MAINTAINER)" build/deb

test-deb: deb ## installs it in a fresh Debian 12 folder and runs its demo (root)
	$(Q)tests/deb.sh build/deb/lethe_$(VERSION)_$(shell dpkg --print-architecture).deb

.PHONY: deb test-deb
