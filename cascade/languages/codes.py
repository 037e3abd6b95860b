"""Codes of languages: maps other codes of a language to its two-letter code."""

from __future__ import annotations

# The languages of ISO 639-1, each followed by its other codes:
# - its codes in ISO 639-2 (both, if there are two) and 639-3;
# - the code of the standard form if 639-3 counts several languages as one, as in fa pes prs; corpora of hundreds of
#   languages use these;
# - two-letter codes of forms of the language, as in no nb nn;
# - withdrawn codes, such as iw, with the meaning that CLDR gives them now.
# Filipino is a standard form of Tagalog. Cantonese, Wu and the Arabic of Egypt and Morocco are listed because texts in
# the standard language are often taken for them (43 of 300 Chinese ones for Wu). als is left out: see AMBIGUOUS.
_BY_LANGUAGE = """
aa aar, ab abk, ae ave, af afr, ak aka tw twi fat, am amh, an arg, ar ara arb arz ary, as asm, av ava, ay aym ayr, az
aze azj, ba bak, be bel, bg bul, bi bis, bm bam, bn ben, bo bod tib, br bre, bs bos, ca cat, ce che, ch cha, co cos,
cr cre, cs ces cze, cu chu, cv chv, cy cym wel, da dan, de deu ger, dv div, dz dzo, ee ewe, el ell gre, en eng, eo
epo, es spa, et est ekk, eu eus baq, fa fas per pes prs, ff ful, fi fin, fj fij, fo fao, fr fra fre, fy fry, ga gle,
gd gla, gl glg, gn grn gug, gu guj, gv glv, ha hau, he heb iw, hi hin, ho hmo, hr hrv scr, ht hat, hu hun, hy hye arm,
hz her, ia ina, id ind in, ie ile, ig ibo, ii iii, ik ipk, io ido, is isl ice, it ita, iu iku, ja jpn, jv jav jw, ka
kat geo, kg kon, ki kik, kj kua, kk kaz, kl kal, km khm, kn kan, ko kor, kr kau, ks kas, ku kur kmr, kv kom, kw cor,
ky kir, la lat, lb ltz, lg lug, li lim, ln lin, lo lao, lt lit, lu lub, lv lav lvs, mg mlg plt, mh mah, mi mri mao, mk
mkd mac, ml mal, mn mon khk, mr mar, ms msa may zsm, mt mlt, my mya bur, na nau, nd nde, ne nep npi, ng ndo, nl nld
dut, no nor nb nob nn nno, nr nbl, nv nav, ny nya, oc oci, oj oji, om orm gaz, or ori ory, os oss, pa pan, pi pli, pl
pol, ps pus pbt, pt por, qu que quy, rm roh, rn run, ro ron rum mo mol, ru rus, rw kin, sa san, sc srd, sd snd, se
sme, sg sag, si sin, sk slk slo, sl slv, sm smo, sn sna, so som, sq sqi alb, sr srp scc sh hbs, ss ssw, st sot, su
sun, sv swe, sw swa swh, ta tam, te tel, tg tgk, th tha, ti tir, tk tuk, tl tgl fil, tn tsn, to ton, tr tur, ts tso,
tt tat, ty tah, ug uig, uk ukr, ur urd, uz uzb uzn, ve ven, vi vie, vo vol, wa wln, wo wol, xh xho, yi yid ji ydd, yo
yor, za zha, zh zho chi cmn wuu yue, zu zul
"""

CODES = {code: language for language, *others in map(str.split, _BY_LANGUAGE.split(",")) for code in others}
"""The two-letter code of a language, by its other codes."""

LANGUAGES = frozenset(language for language, *_ in map(str.split, _BY_LANGUAGE.split(",")))
"""The two-letter codes of languages."""

AMBIGUOUS = {"als": "Tosk Albanian in ISO 639-3 and Alemannic in Wikipedia and PAN-X; name sq or gsw"}
"""Codes that mean different languages in different sources, with an explanation."""
