"""Words that say little, by language."""

from outclass.catalog.dictionary.steps import Language

ENGLISH = """
a about above after again all also am an and any are as at be because been before being below between
both but by can could did do does doing down during each few for from further had has have having he her
here hers herself him himself his how i if in into is it its itself just me more most my myself no nor
not now of off on once only or other our ours ourselves out over own same she should so some such than
that the their theirs them themselves then there these they this those through to too under until up very
was we were what when where which while who whom why will with would you your yours yourself yourselves
"""
INDONESIAN = """
ada adalah agar akan aku anda apa atau bagi bahwa banyak beberapa belum bisa dalam dan dapat dari dengan
di dia dua hanya harus hari hingga ia ini itu jadi jangan jika juga kami kamu karena kata ke kepada
ketika kita lagi lah lain lebih maka masih melalui mereka namun oleh pada para pun saat saja sampai
sangat satu saya sebagai sebuah secara sedang sehingga sejak selama semua seperti serta setelah siapa
sudah tanpa telah tentang tersebut tetapi tidak untuk yang
"""
STOPWORDS = {
    Language.ENGLISH: tuple(ENGLISH.split()),
    Language.INDONESIAN: tuple(INDONESIAN.split()),
}
