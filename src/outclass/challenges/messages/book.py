"""The rules that become features of messages: which words, prefixes and numbers come together."""

from outclass.training.linear_text.rules import RuleBook, digits, rule, starts, words

# Tokens are in lower case, without accents.
CONDITIONS = {
    "code word": words(
        "code otp pin passcode tan kode sandi verifikasi codigo codice verificatiecode bestatigungscode код"
    ),
    "verify word": starts("verif confirm bestatig konfirmasi подтвержд authenticat"),
    "code number": digits(4, 8),
    "short number": digits(5, 6),
    "phone number": digits(9, 14),
    "money": words("£ $ € ₹ rs inr usd rp eur gbp pounds rupiah ribu juta"),
    "link": words("http https www url click klik clique bit ly"),
    "won": words(
        "won win winner winning prize award awarded claim hadiah pemenang undian gewonnen gagne ganado"
    ),
    "free": words("free gratis gratuit kostenlos"),
    "act": words("urgent now call txt text reply stop hubungi ketik buruan segera sekarang"),
    "account": words("account acct acc a rekening konto cuenta compte balance saldo kuota pulsa paket"),
    "done": words(
        "credited debited transferred received confirmed dispatched delivered shipped refilled activated"
        " successfully berhasil aktif diaktifkan registered processed booked scheduled"
    ),
    "due": words("due expires expire reminder appointment renew berakhir diperpanjang scheduled"),
    "please": words("please pls plz mohon"),
    "me and you": words("i me my u you ur im ill we aku kamu saya"),
}

RULES = (
    rule("one-time code", "a code to confirm with", "code word", "code number", none=("won", "free")),
    rule("verify", "something to be verified, with a number", "verify word", "code number"),
    rule("short number", "a number to send a text to", "short number", "act"),
    rule("phone number", "a telephone number to call", "phone number", "act"),
    rule("prize", "something was won", "won"),
    rule("free", "something is free", "free"),
    rule("money now", "money, and something to do at once", "money", "act"),
    rule("link", "a web address", "link"),
    rule("link and account", "a web address and an account", "link", "account"),
    rule("done", "something was done to an account or order", "done", "account"),
    rule("due", "something is due", "due", none=("won",)),
    rule("nobody speaks", "no I, you or we, and a number", "code number", none=("me and you",)),
)

BOOK = RuleBook(conditions=CONDITIONS, rules=RULES)
