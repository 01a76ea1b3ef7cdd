#include "kafka/remedy.h"

const char *
remedy_of(enum lethe_status status)
{
	switch ((int)status) {
	case LETHE_OK: return "nothing";
	case LETHE_EDENIED:
		return "mend the login, or give who is named the rights that "
		       "docs/operations.md lists (`lethe doctor` shows all "
		       "that are missing), then start again";
	case LETHE_EFENCED:
	case LETHE_EINSTANCE:
		return "give each process an `instance` name of its own";
	case LETHE_EGAP:
		return "decide with `lethe offsets show` and `accept-gap`";
	case LETHE_ENOTOPIC:
		return "create the topic (`lethe topics apply` does those of "
		       "the policy; a raw one is its producers'), then start "
		       "again";
	case LETHE_ERETENTION:
		return "let the topic keep what the policy says: `lethe "
		       "topics plan` shows the difference, `lethe topics "
		       "apply` mends it";
	case LETHE_ESTART: return "set `start` to earliest or latest";
	case LETHE_EPOISONED:
		return "look at what the producer writes; `lethe quarantine "
		       "list` names the reasons";
	case LETHE_ELISTEN:
		return "state another address as `http.listen`, or off";
	case LETHE_ESTALLED:
		return "start it again; if it stays, look at the brokers and "
		       "at the lines above";
	case LETHE_EBEHIND:
		return "bring the newer file to this instance, then start "
		       "again; if it is lost: docs/operations.md, What the "
		       "group remembers";
	case LETHE_ECLOCK:
		return "set this machine's clock (chrony, ntpd), or the "
		       "broker's, then start again";
	case LETHE_ENOMEM:
		return "give it more of the memory that is named, or fewer "
		       "lanes";
	case LETHE_ELEDGER:
		return "start it again: the consent ledger's file is made "
		       "anew from its topic if need be; docs/ledger.md says "
		       "when";
	case LETHE_EPOLICY:
	case LETHE_ERING:
	case LETHE_EKEY: return "mend the file that is named";
	case LETHE_ESETTING:
		return "mend the setting that is named, or what it leads to";
	default: return "start it again: nothing is lost";
	}
}
